import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts, their sessions as families of refresh tokens, and password resets; secrets are kept as hashes only. */
export class AccountBaseline1795824005000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE account.accounts (
      id uuid PRIMARY KEY,
      email text,
      email_normalised text CONSTRAINT accounts_email_unique UNIQUE,
      display_name text NOT NULL,
      password_hash text NOT NULL,
      roles text[] NOT NULL DEFAULT '{customer}' CONSTRAINT accounts_roles_known
        CHECK (roles <@ '{customer,merchandiser,finance,partner}'::text[]),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz,
      CONSTRAINT accounts_deleted_are_anonymous CHECK ((deleted_at IS NULL) = (email_normalised IS NOT NULL))
    )`);
    await runner.query(`CREATE TABLE account.sessions (
      id uuid PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES account.accounts (id),
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      ended_at timestamptz,
      end_reason text
    )`);
    await runner.query('CREATE INDEX sessions_live_of_account ON account.sessions (account_id) WHERE ended_at IS NULL');
    await runner.query(`CREATE TABLE account.refresh_tokens (
      token_hash bytea PRIMARY KEY,
      session_id uuid NOT NULL REFERENCES account.sessions (id),
      created_at timestamptz NOT NULL DEFAULT now(),
      used_at timestamptz
    )`);
    await runner.query('CREATE INDEX refresh_tokens_of_session ON account.refresh_tokens (session_id)');
    await runner.query(`CREATE TABLE account.password_resets (
      id uuid PRIMARY KEY,
      account_id uuid NOT NULL REFERENCES account.accounts (id),
      token_hash bytea NOT NULL CONSTRAINT password_resets_token_unique UNIQUE,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      used_at timestamptz
    )`);
    await runner.query('CREATE INDEX password_resets_of_account ON account.password_resets (account_id, created_at)');
    await runner.query(
      `GRANT SELECT, INSERT, UPDATE ON account.accounts, account.sessions, account.refresh_tokens,
        account.password_resets TO bulwark_account`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE account.password_resets, account.refresh_tokens, account.sessions, account.accounts',
    );
  }
}
