import type { MigrationInterface, QueryRunner } from 'typeorm';

const CONTEXT_ROLES = 'bulwark_catalog, bulwark_account, bulwark_payments, bulwark_platform';

/**
 * Outbox and inbox partitioned by the time in their ids (ADR 017). What is there becomes the first partition as it is; nothing
 * is copied or read, so the locks last milliseconds.
 */
export class PlatformEventsByTime1000000001970 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('LOCK TABLE platform.outbox, platform.inbox IN ACCESS EXCLUSIVE MODE');
    await partitionOutbox(runner);
    await partitionInbox(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('LOCK TABLE platform.outbox, platform.inbox IN ACCESS EXCLUSIVE MODE');
    await makeWhole(runner, 'outbox', OUTBOX_INDEXES);
    await runner.query(
      "SELECT setval(pg_get_serial_sequence('platform.outbox', 'position'), (SELECT COALESCE(max(position), 0) + 1 FROM platform.outbox), false)",
    );
    await runner.query(
      'CREATE OR REPLACE VIEW audit.outbox AS SELECT id, type, aggregate_id, occurred_at, published_at, attempts FROM platform.outbox',
    );
    await makeWhole(runner, 'inbox', INBOX_INDEXES);
    await runner.query(
      'CREATE OR REPLACE VIEW audit.consumer_effects AS SELECT event_id, consumer FROM platform.inbox',
    );
    await runner.query('DROP TABLE platform.outbox_parts, platform.inbox_parts');
    // As the migration before left them, a little later: the way up may be taken again.
    await runner.query(`DO $$ BEGIN
      EXECUTE format('ALTER TABLE platform.outbox ADD CONSTRAINT outbox_first_bound CHECK (id < %L) NOT VALID', platform.first_id_at(date_trunc('day', now() + interval '2 days', 'UTC')));
      EXECUTE format('ALTER TABLE platform.inbox ADD CONSTRAINT inbox_first_bound CHECK (event_id < %L) NOT VALID', platform.first_id_at(date_trunc('week', now() + interval '8 days', 'UTC')));
    END $$`);
  }
}

const OUTBOX_INDEXES = {
  outbox_pending: '(position) WHERE published_at IS NULL',
  outbox_held: '(available_at) WHERE published_at IS NULL',
  outbox_incomplete: '(available_at) WHERE published_at IS NOT NULL AND completed_at IS NULL',
  outbox_completed: '(published_at) WHERE completed_at IS NOT NULL',
};
const INBOX_INDEXES = { inbox_expiring: '(consumed_at)' };

async function partitionOutbox(runner: QueryRunner): Promise<void> {
  const last = (await runner.query(
    `SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('platform.outbox', 'position')::regclass), 0) + 1 AS next`,
  )) as { next: string }[];
  await runner.query('ALTER TABLE platform.outbox ALTER COLUMN position DROP IDENTITY');
  await stepAside(runner, 'outbox', ['outbox_pkey', ...Object.keys(OUTBOX_INDEXES)]);
  await runner.query(
    'CREATE TABLE platform.outbox (LIKE platform.outbox_first INCLUDING DEFAULTS, CONSTRAINT outbox_pkey PRIMARY KEY (id)) PARTITION BY RANGE (id)',
  );
  await runner.query(
    `ALTER TABLE platform.outbox ALTER COLUMN position ADD GENERATED ALWAYS AS IDENTITY (START WITH ${last[0]?.next})`,
  );
  await finish(runner, 'outbox', OUTBOX_INDEXES);
  await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON platform.outbox TO bulwark_platform');
  await runner.query(`GRANT INSERT ON platform.outbox TO ${CONTEXT_ROLES}`);
  await runner.query(
    'CREATE OR REPLACE VIEW audit.outbox AS SELECT id, type, aggregate_id, occurred_at, published_at, attempts FROM platform.outbox',
  );
}

async function partitionInbox(runner: QueryRunner): Promise<void> {
  await stepAside(runner, 'inbox', ['inbox_pkey', ...Object.keys(INBOX_INDEXES)]);
  await runner.query(
    'CREATE TABLE platform.inbox (LIKE platform.inbox_first INCLUDING DEFAULTS, CONSTRAINT inbox_pkey PRIMARY KEY (event_id, consumer)) PARTITION BY RANGE (event_id)',
  );
  await finish(runner, 'inbox', INBOX_INDEXES);
  await runner.query('GRANT SELECT, INSERT, DELETE ON platform.inbox TO bulwark_platform');
  await runner.query(`GRANT INSERT ON platform.inbox TO ${CONTEXT_ROLES}`);
  await runner.query('CREATE OR REPLACE VIEW audit.consumer_effects AS SELECT event_id, consumer FROM platform.inbox');
}

/** Frees the names of a table and of its indexes. */
async function stepAside(runner: QueryRunner, table: string, indexes: readonly string[]): Promise<void> {
  await runner.query(`ALTER TABLE platform.${table} RENAME TO ${table}_first`);
  for (const index of indexes)
    await runner.query(`ALTER INDEX platform.${index} RENAME TO ${index.replace(table, `${table}_first`)}`);
}

/** The old table first, whose bound is proven; then a net for whatever no partition wants. */
async function finish(runner: QueryRunner, table: string, indexes: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, definition] of Object.entries(indexes))
    await runner.query(`CREATE INDEX ${name} ON platform.${table} ${definition}`);
  const rows = (await runner.query(
    `SELECT substring(pg_get_constraintdef(oid) FROM '''([0-9a-f-]{36})''') AS bound FROM pg_constraint WHERE conname = '${table}_first_bound'`,
  )) as { bound: string }[];
  await runner.query(
    `ALTER TABLE platform.${table} ATTACH PARTITION platform.${table}_first FOR VALUES FROM (MINVALUE) TO ('${rows[0]?.bound}')`,
  );
  await runner.query(`REVOKE ALL ON platform.${table}_first FROM ${CONTEXT_ROLES}`);
  await runner.query(`CREATE TABLE platform.${table}_default PARTITION OF platform.${table} DEFAULT`);
  await runner.query(`GRANT SELECT, UPDATE, DELETE ON platform.${table}_default TO bulwark_platform`);
}

async function makeWhole(runner: QueryRunner, table: string, indexes: Readonly<Record<string, string>>): Promise<void> {
  const key = table === 'outbox' ? '(id)' : '(event_id, consumer)';
  await runner.query(`ALTER TABLE platform.${table} RENAME TO ${table}_parts`);
  for (const index of [`${table}_pkey`, ...Object.keys(indexes)])
    await runner.query(`ALTER INDEX platform.${index} RENAME TO ${index}_parts`);
  await runner.query(
    `CREATE TABLE platform.${table} (LIKE platform.${table}_parts INCLUDING DEFAULTS, CONSTRAINT ${table}_pkey PRIMARY KEY ${key})`,
  );
  await runner.query(`INSERT INTO platform.${table} SELECT * FROM platform.${table}_parts`);
  if (table === 'outbox')
    await runner.query('ALTER TABLE platform.outbox ALTER COLUMN position ADD GENERATED ALWAYS AS IDENTITY');
  for (const [name, definition] of Object.entries(indexes))
    await runner.query(`CREATE INDEX ${name} ON platform.${table} ${definition}`);
  await runner.query(
    `GRANT SELECT, INSERT, ${table === 'outbox' ? 'UPDATE, ' : ''}DELETE ON platform.${table} TO bulwark_platform`,
  );
  await runner.query(`GRANT INSERT ON platform.${table} TO ${CONTEXT_ROLES}`);
}
