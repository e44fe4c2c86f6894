import type { MigrationInterface, QueryRunner } from 'typeorm';
import { applyFunctions } from './functions/apply-functions.js';

const CONTEXT_ROLES = 'bulwark_catalog, bulwark_account, bulwark_payments, bulwark_platform';

/**
 * Outbox and inbox (ADR 007), partitioned by the time in their ids: days and weeks (ADR 017). The first partition takes
 * everything up to a few days ahead, the default one what no partition wants; the worker makes the next ones in time.
 */
export class PlatformOutboxAndInbox1795824002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createOutbox(runner);
    await createInbox(runner);
    await applyFunctions(runner, 'platform.first_id_at');
    await createFirstPartitions(runner, 'outbox', "date_trunc('day', now() + interval '2 days', 'UTC')");
    await createFirstPartitions(runner, 'inbox', "date_trunc('week', now() + interval '8 days', 'UTC')");
    // As in platform.create_next_partition: dead rows would slow each query for pending events.
    await runner.query(
      `ALTER TABLE platform.outbox_first SET (autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_threshold = 1000)`,
    );
    await createPartitionKeeping(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW platform.time_partitions, audit.outbox, audit.consumer_effects');
    await runner.query('DROP TABLE platform.inbox, platform.outbox');
  }
}

async function createOutbox(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE platform.outbox (
      id             uuid        PRIMARY KEY,
      position       bigint      GENERATED ALWAYS AS IDENTITY,
      aggregate_type text        NOT NULL,
      aggregate_id   text        NOT NULL,
      type           text        NOT NULL,
      payload        jsonb       NOT NULL,
      headers        jsonb       NOT NULL DEFAULT '{}',
      occurred_at    timestamptz NOT NULL,
      attempts       integer     NOT NULL DEFAULT 0,
      available_at   timestamptz NOT NULL DEFAULT now(),
      published_at   timestamptz,
      completed_at   timestamptz
    ) PARTITION BY RANGE (id)`);
  await runner.query('CREATE INDEX outbox_pending ON platform.outbox (position) WHERE published_at IS NULL');
  await runner.query('CREATE INDEX outbox_held ON platform.outbox (available_at) WHERE published_at IS NULL');
  await runner.query(
    `CREATE INDEX outbox_incomplete ON platform.outbox (available_at)
      WHERE published_at IS NOT NULL AND completed_at IS NULL`,
  );
  await runner.query('CREATE INDEX outbox_completed ON platform.outbox (published_at) WHERE completed_at IS NOT NULL');
  await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON platform.outbox TO bulwark_platform');
  await runner.query(`GRANT INSERT ON platform.outbox TO ${CONTEXT_ROLES}`);
  await runner.query(
    `CREATE VIEW audit.outbox AS SELECT id, type, aggregate_id, occurred_at, published_at, attempts
      FROM platform.outbox`,
  );
}

async function createInbox(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE platform.inbox (
      event_id    uuid        NOT NULL,
      consumer    text        NOT NULL,
      consumed_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (event_id, consumer)
    ) PARTITION BY RANGE (event_id)`);
  await runner.query('CREATE INDEX inbox_expiring ON platform.inbox (consumed_at)');
  await runner.query('GRANT SELECT, INSERT, DELETE ON platform.inbox TO bulwark_platform');
  await runner.query(`GRANT INSERT ON platform.inbox TO ${CONTEXT_ROLES}`);
  await runner.query('CREATE VIEW audit.consumer_effects AS SELECT event_id, consumer FROM platform.inbox');
}

/** @param end SQL for the instant from which on ids belong to later partitions */
async function createFirstPartitions(runner: QueryRunner, table: string, end: string): Promise<void> {
  const rows = (await runner.query(`SELECT platform.first_id_at(${end}) AS id`)) as { id: string }[];
  await runner.query(
    `CREATE TABLE platform.${table}_first PARTITION OF platform.${table} FOR VALUES FROM (MINVALUE)
      TO ('${rows[0]?.id}')`,
  );
  await runner.query(`CREATE TABLE platform.${table}_default PARTITION OF platform.${table} DEFAULT`);
  // The worker removes old rows there by batches; every other statement goes through the parent.
  await runner.query(`GRANT SELECT, UPDATE, DELETE ON platform.${table}_default TO bulwark_platform`);
}

/** The bounds as ids and as times; the default partition has none and is not among them. */
const TIME_PARTITIONS = `
CREATE VIEW platform.time_partitions AS
  SELECT parent.relname::text AS parent, part.relname::text AS partition, bound.from_id, bound.to_id,
         to_timestamp(('x' || left(translate(bound.from_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) AS from_at,
         to_timestamp(('x' || left(translate(bound.to_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) AS to_at
    FROM pg_inherits
    JOIN pg_class parent ON parent.oid = inhparent AND parent.relkind = 'p'
      AND parent.relnamespace = 'platform'::regnamespace
    JOIN pg_class part ON part.oid = inhrelid
    CROSS JOIN LATERAL (SELECT substring(pg_get_expr(part.relpartbound, part.oid)
    FROM 'FROM \\(''([0-9a-f-]{36})''\\)')::uuid AS from_id,
                               substring(pg_get_expr(part.relpartbound, part.oid)
                               FROM 'TO \\(''([0-9a-f-]{36})''\\)')::uuid AS to_id) AS bound
   WHERE bound.to_id IS NOT NULL`;

async function createPartitionKeeping(runner: QueryRunner): Promise<void> {
  await runner.query(TIME_PARTITIONS);
  await runner.query('GRANT SELECT ON platform.time_partitions TO bulwark_platform');
  await applyFunctions(runner, 'platform.create_next_partition');
  await runner.query(`DO $$ BEGIN
    WHILE platform.create_next_partition('outbox') IS NOT NULL LOOP END LOOP;
    WHILE platform.create_next_partition('inbox') IS NOT NULL LOOP END LOOP;
  END $$`);
}
