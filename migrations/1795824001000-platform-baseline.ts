import type { MigrationInterface, QueryRunner } from 'typeorm';

const CONTEXT_ROLES = 'bulwark_catalog, bulwark_account, bulwark_payments, bulwark_platform';

/** Idempotency keys, signing keys, the lease of the relay, and the instances that share the connection budget. */
export class PlatformBaseline1795824001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createIdempotencyKeys(runner);
    await createSigningKeys(runner);
    await createRelayLease(runner);
    await createInstances(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW audit.idempotency_keys');
    await runner.query(
      'DROP TABLE platform.instances, platform.relay_lease, platform.signing_keys, platform.idempotency_keys',
    );
  }
}

async function createIdempotencyKeys(runner: QueryRunner): Promise<void> {
  // A key of work that a recovery finishes must not expire before it, so `recoverable` is the safe default (ADR 027).
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
      recoverable    boolean     NOT NULL DEFAULT true,
      PRIMARY KEY (scope, key),
      CONSTRAINT idempotency_keys_answered
        CHECK (state = 'running' OR (status IS NOT NULL AND headers IS NOT NULL AND body IS NOT NULL))
    )`);
  await runner.query(
    `CREATE INDEX idempotency_keys_expiring ON platform.idempotency_keys (expires_at)
      WHERE state = 'finished' OR NOT recoverable`,
  );
  await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON platform.idempotency_keys TO bulwark_platform');
  // The other contexts store the answer with their effect, and nothing more: they can neither read answers nor make or
  // remove keys.
  await runner.query(`GRANT SELECT (scope, key, work_id, lock_token, state),
    UPDATE (state, recovery_point, lock_token, locked_at, status, headers, body)
    ON platform.idempotency_keys TO ${CONTEXT_ROLES}`);
  await runner.query(
    `CREATE VIEW audit.idempotency_keys AS SELECT scope, key, state, created_at, expires_at
      FROM platform.idempotency_keys`,
  );
}

/** Keys that sign access tokens; the private part is encrypted with a key that the database never sees. */
async function createSigningKeys(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE platform.signing_keys (
    kid text PRIMARY KEY,
    public_jwk jsonb NOT NULL,
    private_key_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
  )`);
  await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON platform.signing_keys TO bulwark_platform');
}

/** Who relays the outbox: one row, held by one worker at a time (ADR 007). */
async function createRelayLease(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE platform.relay_lease (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    holder uuid NOT NULL,
    held_until timestamptz NOT NULL
  )`);
  await runner.query('GRANT SELECT, INSERT, UPDATE ON platform.relay_lease TO bulwark_platform');
}

/** What each instance takes of the connection budget, under a lease (ADR 015); written by `platform.admit_instance`. */
async function createInstances(runner: QueryRunner): Promise<void> {
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
}
