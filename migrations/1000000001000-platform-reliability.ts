import type { MigrationInterface, QueryRunner } from 'typeorm';

const CONTEXT_ROLES = 'bulwark_catalog, bulwark_account, bulwark_payments, bulwark_platform';

/** Idempotency keys, outbox and inbox: what every context writes in its own transactions (ADR 007, ADR 027). */
export class PlatformReliability1000000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createIdempotencyKeys(runner);
    await createOutbox(runner);
    await createInbox(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW audit.idempotency_keys, audit.outbox, audit.consumer_effects');
    await runner.query('DROP TABLE platform.idempotency_keys, platform.outbox, platform.inbox');
  }
}

async function createIdempotencyKeys(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE platform.idempotency_keys (
      scope          text        NOT NULL,
      key            text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
      fingerprint    bytea       NOT NULL,
      state          text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'processing', 'finished')),
      recovery_point text,
      work_id        uuid        NOT NULL UNIQUE,
      lock_token     uuid        NOT NULL,
      locked_at      timestamptz,
      attempts       integer     NOT NULL DEFAULT 1,
      status         smallint,
      headers        jsonb,
      body           bytea,
      created_at     timestamptz NOT NULL DEFAULT now(),
      expires_at     timestamptz NOT NULL DEFAULT now() + interval '24 hours',
      PRIMARY KEY (scope, key),
      CONSTRAINT idempotency_keys_answered CHECK (state = 'running' OR (status IS NOT NULL AND headers IS NOT NULL AND body IS NOT NULL))
    )`);
  await runner.query(
    `CREATE INDEX idempotency_keys_expiring ON platform.idempotency_keys (expires_at) WHERE state = 'finished'`,
  );
  await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON platform.idempotency_keys TO bulwark_platform');
  // The other contexts store the answer with their effect, and nothing more: they can neither read answers nor make or remove keys.
  await runner.query(`GRANT SELECT (scope, key, work_id, lock_token, state), UPDATE (state, recovery_point, lock_token, locked_at, status, headers, body)
    ON platform.idempotency_keys TO ${CONTEXT_ROLES}`);
  await runner.query(
    'CREATE VIEW audit.idempotency_keys AS SELECT scope, key, state, created_at, expires_at FROM platform.idempotency_keys',
  );
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
      completed_at     timestamptz
    )`);
  // Rows come, change three times and go: the default of a fifth dead before a vacuum would slow every claim.
  await runner.query(
    'ALTER TABLE platform.outbox SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)',
  );
  await runner.query('CREATE INDEX outbox_pending ON platform.outbox (position) WHERE published_at IS NULL');
  await runner.query('CREATE INDEX outbox_held ON platform.outbox (available_at) WHERE published_at IS NULL');
  await runner.query(
    'CREATE INDEX outbox_incomplete ON platform.outbox (available_at) WHERE published_at IS NOT NULL AND completed_at IS NULL',
  );
  await runner.query('CREATE INDEX outbox_completed ON platform.outbox (published_at) WHERE completed_at IS NOT NULL');
  await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON platform.outbox TO bulwark_platform');
  await runner.query(`GRANT INSERT ON platform.outbox TO ${CONTEXT_ROLES}`);
  await runner.query(
    'CREATE VIEW audit.outbox AS SELECT id, type, aggregate_id, occurred_at, published_at, attempts FROM platform.outbox',
  );
}

async function createInbox(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE platform.inbox (
      event_id    uuid        NOT NULL,
      consumer    text        NOT NULL,
      consumed_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (event_id, consumer)
    )`);
  await runner.query('CREATE INDEX inbox_expiring ON platform.inbox (consumed_at)');
  await runner.query('GRANT SELECT, INSERT, DELETE ON platform.inbox TO bulwark_platform');
  await runner.query(`GRANT INSERT ON platform.inbox TO ${CONTEXT_ROLES}`);
  await runner.query('CREATE VIEW audit.consumer_effects AS SELECT event_id, consumer FROM platform.inbox');
}
