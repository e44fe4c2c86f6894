import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rows in the order in which they outlive their retention: a batch of the deletion reads no others (ADR 034). */
export class AccountRetentionIndexes1795824009000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_ended ON account.sessions ((LEAST(ended_at, expires_at)))',
    );
    await runner.query(
      `CREATE INDEX CONCURRENTLY IF NOT EXISTS refresh_tokens_used ON account.refresh_tokens (used_at)
        WHERE used_at IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX CONCURRENTLY IF NOT EXISTS password_resets_ended
        ON account.password_resets ((LEAST(used_at, expires_at)))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of ['sessions_ended', 'refresh_tokens_used', 'password_resets_ended'])
      await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS account.${index}`);
  }
}
