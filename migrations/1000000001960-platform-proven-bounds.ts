import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads both tables once, while everybody goes on writing to them: what is proven here need not be read under a lock (ADR 017). */
export class PlatformProvenBounds1000000001960 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE platform.outbox VALIDATE CONSTRAINT outbox_first_bound');
    await runner.query('ALTER TABLE platform.inbox VALIDATE CONSTRAINT inbox_first_bound');
  }

  async down(): Promise<void> {
    // A proven constraint is taken away with the constraint.
  }
}
