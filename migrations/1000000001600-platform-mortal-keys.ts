import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Unfinished keys die as well, unless a recovery looks after their work: a crash loop can't grow the table for ever. */
export class PlatformMortalKeys1000000001600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What is there already, or comes from a process of the last release, lives on: only who knows the route may say that a key can go.
    await runner.query('ALTER TABLE platform.idempotency_keys ADD COLUMN recoverable boolean NOT NULL DEFAULT true');
    await runner.query('DROP INDEX platform.idempotency_keys_expiring');
    await runner.query(
      `CREATE INDEX idempotency_keys_expiring ON platform.idempotency_keys (expires_at) WHERE state = 'finished' OR NOT recoverable`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX platform.idempotency_keys_expiring');
    await runner.query(
      `CREATE INDEX idempotency_keys_expiring ON platform.idempotency_keys (expires_at) WHERE state = 'finished'`,
    );
    await runner.query('ALTER TABLE platform.idempotency_keys DROP COLUMN recoverable');
  }
}
