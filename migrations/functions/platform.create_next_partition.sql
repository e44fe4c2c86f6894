-- Partition keeping, ahead: makes the next missing partition of outbox (days) or inbox (weeks) and returns its name, or
-- null when none is missing (ADR 017).
--
-- One short transaction that waits 50 ms for a lock at most: a payment never waits longer behind it. A period of which
-- the default partition holds rows already stays there: no row is moved under a lock. Runs with the rights of its
-- owner, who owns the tables; only the platform's role may call it.
CREATE OR REPLACE FUNCTION platform.create_next_partition(p_parent text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '50ms' AS $$
DECLARE
  v_unit text := CASE p_parent WHEN 'outbox' THEN 'day' WHEN 'inbox' THEN 'week' END;
  v_ahead integer := CASE p_parent WHEN 'outbox' THEN 4 WHEN 'inbox' THEN 2 END;
  v_key text := CASE p_parent WHEN 'outbox' THEN 'id' WHEN 'inbox' THEN 'event_id' END;
  v_from_at timestamptz;
  v_from_id uuid;
  v_to_id uuid;
  v_name text;
  v_in_default boolean;
BEGIN
  IF v_unit IS NULL THEN
    RAISE EXCEPTION 'platform.% is not partitioned by time', p_parent USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- One of several workers makes it; the others find it made.
  IF NOT pg_try_advisory_xact_lock(2859275, hashtext(p_parent)) THEN
    RETURN NULL;
  END IF;
  FOR n IN 0 .. v_ahead LOOP
    v_from_at := date_trunc(v_unit, now()) + n * ('1 ' || v_unit)::interval;
    v_from_id := platform.first_id_at(v_from_at);
    v_to_id := platform.first_id_at(v_from_at + ('1 ' || v_unit)::interval);
    CONTINUE WHEN EXISTS (SELECT FROM platform.time_partitions AS known WHERE known.parent = p_parent
      AND (known.from_id IS NULL OR known.from_id < v_to_id) AND known.to_id > v_from_id);
    EXECUTE format('SELECT EXISTS (SELECT FROM platform.%I WHERE %I >= $1 AND %I < $2)',
      p_parent || '_default', v_key, v_key) INTO v_in_default USING v_from_id, v_to_id;
    CONTINUE WHEN v_in_default;
    v_name := p_parent || '_' || to_char(v_from_at, 'YYYYMMDD');
    EXECUTE format('CREATE TABLE platform.%I (LIKE platform.%I INCLUDING DEFAULTS)', v_name, p_parent);
    -- An outbox row is updated three times and deleted: with the default of a fifth dead before a vacuum, each query
    -- for pending events would read the dead rows.
    IF p_parent = 'outbox' THEN
      EXECUTE format('ALTER TABLE platform.%I SET (autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_threshold = 1000)', v_name);
    END IF;
    EXECUTE format('ALTER TABLE platform.%I ATTACH PARTITION platform.%I FOR VALUES FROM (%L) TO (%L)',
      p_parent, v_name, v_from_id, v_to_id);
    RETURN v_name;
  END LOOP;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION platform.create_next_partition(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.create_next_partition(text) TO bulwark_platform;
