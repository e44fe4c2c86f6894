import type { MigrationInterface, QueryRunner } from 'typeorm';

const ENDING = 'account.sessions, account.refresh_tokens, account.password_resets';

/** The context may delete what has ended (ADR 034), and still no account. */
export class AccountDeleteEndedRows1795824008000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`GRANT DELETE ON ${ENDING} TO bulwark_account`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`REVOKE DELETE ON ${ENDING} FROM bulwark_account`);
  }
}
