import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who relays the outbox: one row, held by one worker at a time (ADR 007). */
export class PlatformRelayLease1000000001800 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE platform.relay_lease (
      is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
      holder uuid NOT NULL,
      held_until timestamptz NOT NULL
    )`);
    await runner.query('GRANT SELECT, INSERT, UPDATE ON platform.relay_lease TO bulwark_platform');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE platform.relay_lease');
  }
}
