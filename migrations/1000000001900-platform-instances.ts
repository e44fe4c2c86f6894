import type { MigrationInterface, QueryRunner } from 'typeorm';

const ADMIT =
  'platform.admit_instance(uuid, text, text, integer, integer, integer, double precision, integer, integer)';

/** Who holds how much of the connection budget: each instance has a row under a lease (ADR 015). */
export class PlatformInstances1000000001900 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE platform.instances (
      id uuid PRIMARY KEY,
      instance_id text NOT NULL,
      role text NOT NULL,
      processes integer NOT NULL CHECK (processes > 0),
      primary_connections integer NOT NULL CHECK (primary_connections >= 0),
      replica_connections integer NOT NULL CHECK (replica_connections >= 0),
      started_at timestamptz NOT NULL DEFAULT now(),
      leased_until timestamptz NOT NULL
    )`);
    await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON platform.instances TO bulwark_platform');
    await runner.query(ADMIT_INSTANCE);
    await runner.query(`REVOKE ALL ON FUNCTION ${ADMIT} FROM PUBLIC`);
    await runner.query(`GRANT EXECUTE ON FUNCTION ${ADMIT} TO bulwark_platform`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ${ADMIT}`);
    await runner.query('DROP TABLE platform.instances');
  }
}

/**
 * Runs with the rights of its caller. The lock makes the sum and the insert one step: of two instances that start at the
 * same moment, the second sees the first. Leases that have run out are reaped, and so is whoever had the same instance id: a host's
 * port has one owner at a time, so that one is dead. The figures that it returns are those of the others.
 */
const ADMIT_INSTANCE = `
CREATE FUNCTION platform.admit_instance(p_id uuid, p_instance_id text, p_role text, p_processes integer, p_primary integer, p_replica integer,
  p_lease_seconds double precision, p_primary_max integer, p_all_max integer)
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
  DELETE FROM platform.instances WHERE instance_id = p_instance_id OR id = p_id OR leased_until <= clock_timestamp();
  SELECT count(*), COALESCE(sum(live.primary_connections), 0), COALESCE(sum(live.replica_connections), 0)
    INTO v_instances, v_primary, v_replica FROM platform.instances AS live;
  v_fits := v_primary + p_primary <= p_primary_max AND v_primary + v_replica + p_primary + p_replica <= p_all_max;
  IF v_fits THEN
    INSERT INTO platform.instances (id, instance_id, role, processes, primary_connections, replica_connections, leased_until)
      VALUES (p_id, p_instance_id, p_role, p_processes, p_primary, p_replica, clock_timestamp() + p_lease_seconds * interval '1 second');
  END IF;
  RETURN QUERY SELECT v_fits, v_instances, v_primary, v_replica;
END $$`;
