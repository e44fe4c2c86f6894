import type { MigrationInterface, QueryRunner } from 'typeorm';

const CREATE_NEXT = 'platform.create_next_partition(text)';
const DROP_OLDEST = 'platform.drop_oldest_partition(text)';
const IS_HELD = 'platform.partition_is_held(text, text, uuid, uuid)';

/**
 * What the worker may do to the partitions of outbox and inbox (ADR 017): make the next one, and drop one that is over. The rules
 * that keep an event from being lost stand here, beside the table, and not with the caller. Both are one short transaction; a
 * payment never waits longer behind them than `lock_timeout`, after which they give up.
 */
export class PlatformPartitionKeeping1000000001980 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [VIEW, CREATE_NEXT_PARTITION, PARTITION_IS_HELD, DROP_OLDEST_PARTITION])
      await runner.query(statement);
    for (const name of [CREATE_NEXT, DROP_OLDEST, IS_HELD])
      await runner.query(`REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`);
    await runner.query(`GRANT EXECUTE ON FUNCTION ${CREATE_NEXT}, ${DROP_OLDEST} TO bulwark_platform`);
    await runner.query('GRANT SELECT ON platform.time_partitions TO bulwark_platform');
    // The first partition has room for a day at least: where somebody is in the way now, the worker makes the next ones.
    await runner.query(`DO $$ BEGIN
      WHILE platform.create_next_partition('outbox') IS NOT NULL LOOP END LOOP;
      WHILE platform.create_next_partition('inbox') IS NOT NULL LOOP END LOOP;
    EXCEPTION WHEN lock_not_available THEN
      RAISE NOTICE 'the worker makes the partitions';
    END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ${CREATE_NEXT}, ${DROP_OLDEST}, ${IS_HELD}`);
    await runner.query('DROP VIEW platform.time_partitions');
  }
}

/** The bounds as ids and as times; the partition without bounds, the net, is not among them. */
const VIEW = `
CREATE VIEW platform.time_partitions AS
  SELECT parent.relname::text AS parent, part.relname::text AS partition, bound.from_id, bound.to_id,
         to_timestamp(('x' || left(translate(bound.from_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) AS from_at,
         to_timestamp(('x' || left(translate(bound.to_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) AS to_at
    FROM pg_inherits
    JOIN pg_class parent ON parent.oid = inhparent AND parent.relkind = 'p' AND parent.relnamespace = 'platform'::regnamespace
    JOIN pg_class part ON part.oid = inhrelid
    CROSS JOIN LATERAL (SELECT substring(pg_get_expr(part.relpartbound, part.oid) FROM 'FROM \\(''([0-9a-f-]{36})''\\)')::uuid AS from_id,
                               substring(pg_get_expr(part.relpartbound, part.oid) FROM 'TO \\(''([0-9a-f-]{36})''\\)')::uuid AS to_id) AS bound
   WHERE bound.to_id IS NOT NULL`;

/** Days of the outbox, weeks of the inbox. A period of which the net holds something already stays in the net: nothing is moved under a lock. */
const CREATE_NEXT_PARTITION = `
CREATE FUNCTION platform.create_next_partition(p_parent text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '50ms' AS $$
DECLARE
  v_unit text := CASE p_parent WHEN 'outbox' THEN 'day' WHEN 'inbox' THEN 'week' END;
  v_ahead integer := CASE p_parent WHEN 'outbox' THEN 4 WHEN 'inbox' THEN 2 END;
  v_key text := CASE p_parent WHEN 'outbox' THEN 'id' WHEN 'inbox' THEN 'event_id' END;
  v_from_at timestamptz;
  v_from_id uuid;
  v_to_id uuid;
  v_name text;
  v_netted boolean;
BEGIN
  IF v_unit IS NULL THEN
    RAISE EXCEPTION 'platform.% is not partitioned by time', p_parent USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- One of many workers does it; the others find it done.
  IF NOT pg_try_advisory_xact_lock(2859275, hashtext(p_parent)) THEN
    RETURN NULL;
  END IF;
  FOR n IN 0 .. v_ahead LOOP
    v_from_at := date_trunc(v_unit, now()) + n * ('1 ' || v_unit)::interval;
    v_from_id := platform.first_id_at(v_from_at);
    v_to_id := platform.first_id_at(v_from_at + ('1 ' || v_unit)::interval);
    CONTINUE WHEN EXISTS (SELECT FROM platform.time_partitions AS known WHERE known.parent = p_parent AND (known.from_id IS NULL OR known.from_id < v_to_id) AND known.to_id > v_from_id);
    EXECUTE format('SELECT EXISTS (SELECT FROM platform.%I WHERE %I >= $1 AND %I < $2)', p_parent || '_default', v_key, v_key) INTO v_netted USING v_from_id, v_to_id;
    CONTINUE WHEN v_netted;
    v_name := p_parent || '_' || to_char(v_from_at, 'YYYYMMDD');
    EXECUTE format('CREATE TABLE platform.%I (LIKE platform.%I INCLUDING DEFAULTS)', v_name, p_parent);
    -- Rows of the outbox come and change three times: the default of a fifth dead before a vacuum would slow every look for what is pending.
    IF p_parent = 'outbox' THEN
      EXECUTE format('ALTER TABLE platform.%I SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)', v_name);
    END IF;
    EXECUTE format('ALTER TABLE platform.%I ATTACH PARTITION platform.%I FOR VALUES FROM (%L) TO (%L)', p_parent, v_name, v_from_id, v_to_id);
    RETURN v_name;
  END LOOP;
  RETURN NULL;
END $$`;

/** An outbox partition is held by an event that is not settled, or was handed over within the last day; one of the inbox by any of its events in the outbox. */
const PARTITION_IS_HELD = `
CREATE FUNCTION platform.partition_is_held(p_parent text, p_partition text, p_from_id uuid, p_to_id uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_held boolean;
BEGIN
  IF p_parent = 'inbox' THEN
    RETURN EXISTS (SELECT FROM platform.outbox WHERE id < p_to_id AND (p_from_id IS NULL OR id >= p_from_id));
  END IF;
  EXECUTE format('SELECT EXISTS (SELECT FROM platform.%1$I WHERE published_at IS NULL)
    OR EXISTS (SELECT FROM platform.%1$I WHERE published_at IS NOT NULL AND completed_at IS NULL)
    OR EXISTS (SELECT FROM platform.%1$I WHERE completed_at IS NOT NULL AND published_at > now() - interval ''24 hours'')', p_partition) INTO v_held;
  RETURN v_held;
END $$`;

const DROP_OLDEST_PARTITION = `
CREATE FUNCTION platform.drop_oldest_partition(p_parent text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '50ms' AS $$
DECLARE
  v_kept interval := CASE p_parent WHEN 'outbox' THEN interval '24 hours' WHEN 'inbox' THEN interval '30 days' END;
  v_old record;
BEGIN
  IF v_kept IS NULL THEN
    RAISE EXCEPTION 'platform.% is not partitioned by time', p_parent USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOR v_old IN SELECT * FROM platform.time_partitions AS known WHERE known.parent = p_parent AND known.to_at <= now() - v_kept ORDER BY known.to_id LOOP
    CONTINUE WHEN platform.partition_is_held(p_parent, v_old.partition, v_old.from_id, v_old.to_id);
    -- From here on nobody writes; whoever came in between is seen by the second look.
    EXECUTE format('LOCK TABLE ONLY platform.%I IN ACCESS EXCLUSIVE MODE', p_parent);
    CONTINUE WHEN platform.partition_is_held(p_parent, v_old.partition, v_old.from_id, v_old.to_id)
      OR NOT EXISTS (SELECT FROM platform.time_partitions AS known WHERE known.parent = p_parent AND known.partition = v_old.partition);
    EXECUTE format('DROP TABLE platform.%I', v_old.partition);
    RETURN v_old.partition;
  END LOOP;
  RETURN NULL;
END $$`;
