-- Partition keeping: whether a partition still holds something that may be needed (ADR 017). One of the outbox is held
-- by an event that is not completed, or was published within 24 hours; one of the inbox by any of its events in the
-- outbox. Called by platform.drop_oldest_partition alone; no role may execute it.
CREATE OR REPLACE FUNCTION platform.partition_is_held(p_parent text, p_partition text, p_from_id uuid, p_to_id uuid)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_held boolean;
BEGIN
  IF p_parent = 'inbox' THEN
    RETURN EXISTS (SELECT FROM platform.outbox WHERE id < p_to_id AND (p_from_id IS NULL OR id >= p_from_id));
  END IF;
  EXECUTE format('SELECT EXISTS (SELECT FROM platform.%1$I WHERE published_at IS NULL)
    OR EXISTS (SELECT FROM platform.%1$I WHERE published_at IS NOT NULL AND completed_at IS NULL)
    OR EXISTS (SELECT FROM platform.%1$I WHERE completed_at IS NOT NULL
                                           AND published_at > now() - interval ''24 hours'')', p_partition)
    INTO v_held;
  RETURN v_held;
END $$;

REVOKE ALL ON FUNCTION platform.partition_is_held(text, text, uuid, uuid) FROM PUBLIC;
