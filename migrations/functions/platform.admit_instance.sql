-- Admits an instance to the connection budget, or refuses it, in one step (ADR 015).
--
-- The lock makes the sum and the insert one: of two instances that start at once the second sees the first. Expired
-- leases are removed, and so is a former holder of the same instance id: a port of a host has one owner at a time, so
-- that one is dead. The figures returned are those of the other instances. Runs with the rights of its caller.
CREATE OR REPLACE FUNCTION platform.admit_instance(p_id uuid, p_instance_id text, p_role text, p_processes integer,
  p_primary integer, p_replica integer, p_lease_seconds double precision, p_primary_max integer, p_all_max integer)
RETURNS TABLE (admitted boolean, instances integer, primary_connections integer, replica_connections integer)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_instances integer;
  v_primary integer;
  v_replica integer;
  v_fits boolean;
BEGIN
  LOCK TABLE platform.instances IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM platform.instances
   WHERE instance_id = p_instance_id OR id = p_id OR leased_until <= clock_timestamp();
  SELECT count(*), COALESCE(sum(live.primary_connections), 0), COALESCE(sum(live.replica_connections), 0)
    INTO v_instances, v_primary, v_replica FROM platform.instances AS live;
  v_fits := v_primary + p_primary <= p_primary_max AND v_primary + v_replica + p_primary + p_replica <= p_all_max;
  IF v_fits THEN
    INSERT INTO platform.instances
        (id, instance_id, role, processes, primary_connections, replica_connections, leased_until)
      VALUES (p_id, p_instance_id, p_role, p_processes, p_primary, p_replica,
              clock_timestamp() + p_lease_seconds * interval '1 second');
  END IF;
  RETURN QUERY SELECT v_fits, v_instances, v_primary, v_replica;
END $$;

REVOKE ALL ON FUNCTION platform.admit_instance(uuid, text, text, integer, integer, integer, double precision,
  integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.admit_instance(uuid, text, text, integer, integer, integer, double precision,
  integer, integer) TO bulwark_platform;
