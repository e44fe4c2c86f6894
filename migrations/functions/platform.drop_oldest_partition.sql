-- Partition keeping, behind: drops the oldest partition that is past its time (outbox 24 hours, inbox 30 days) and
-- holds nothing any more; returns its name, or null (ADR 017). The rule that keeps an event from being lost is
-- platform.partition_is_held.
--
-- One short transaction that waits 50 ms for a lock at most. Runs with the rights of its owner, who owns the tables;
-- only the platform's role may call it.
CREATE OR REPLACE FUNCTION platform.drop_oldest_partition(p_parent text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '50ms' AS $$
DECLARE
  v_kept interval := CASE p_parent WHEN 'outbox' THEN interval '24 hours' WHEN 'inbox' THEN interval '30 days' END;
  v_old record;
BEGIN
  IF v_kept IS NULL THEN
    RAISE EXCEPTION 'platform.% is not partitioned by time', p_parent USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOR v_old IN SELECT * FROM platform.time_partitions AS known
      WHERE known.parent = p_parent AND known.to_at <= now() - v_kept ORDER BY known.to_id LOOP
    CONTINUE WHEN platform.partition_is_held(p_parent, v_old.partition, v_old.from_id, v_old.to_id);
    -- From here on no other transaction writes; what was written before the lock is seen by the second check.
    EXECUTE format('LOCK TABLE ONLY platform.%I IN ACCESS EXCLUSIVE MODE', p_parent);
    CONTINUE WHEN platform.partition_is_held(p_parent, v_old.partition, v_old.from_id, v_old.to_id)
      OR NOT EXISTS (SELECT FROM platform.time_partitions AS known
                      WHERE known.parent = p_parent AND known.partition = v_old.partition);
    EXECUTE format('DROP TABLE platform.%I', v_old.partition);
    RETURN v_old.partition;
  END LOOP;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION platform.drop_oldest_partition(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.drop_oldest_partition(text) TO bulwark_platform;
