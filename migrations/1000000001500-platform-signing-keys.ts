import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys that sign access tokens; the private part is encrypted with a key that the database never sees. */
export class PlatformSigningKeys1000000001500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE platform.signing_keys (
      kid text PRIMARY KEY,
      public_jwk jsonb NOT NULL,
      private_key_sealed bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      retired_at timestamptz
    )`);
    await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON platform.signing_keys TO bulwark_platform');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE platform.signing_keys');
  }
}
