import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Endpoints that were deleted, for the deletion of their rows (ADR 034): there are few among many. */
export class PlatformDeletedEndpointsIndex1795824010000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX CONCURRENTLY IF NOT EXISTS webhook_endpoints_deleted ON platform.webhook_endpoints (created_at)
        WHERE status = 'deleted'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS platform.webhook_endpoints_deleted');
  }
}
