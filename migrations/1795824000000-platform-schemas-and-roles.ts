import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEMAS = ['catalog', 'account', 'payments', 'platform'] as const;

/**
 * One schema and one least-privileged role per context, and `audit` for read-only views.
 * Timeouts are settings of the role, since a transaction-mode pooler refuses them as startup parameters (ADR 014).
 * Passwords are not here: the migrate command sets them from the configuration.
 */
export class PlatformSchemasAndRoles1795824000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    for (const schema of [...SCHEMAS, 'audit']) await runner.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    for (const schema of SCHEMAS) await createContextRole(runner, schema);
    await createRole(runner, 'bulwark_app');
    await runner.query(`GRANT ${SCHEMAS.map((schema) => `bulwark_${schema}`).join(', ')} TO bulwark_app`);
    await runner.query('GRANT USAGE ON SCHEMA audit TO bulwark_app');
    await runner.query('ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT SELECT ON TABLES TO bulwark_app');
    await createRepeatableMigrations(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const schema of SCHEMAS) {
      await runner.query(`DROP SCHEMA ${schema} CASCADE`);
      await runner.query(`REVOKE USAGE ON SCHEMA public FROM bulwark_${schema}`);
    }
    await runner.query('DROP SCHEMA audit CASCADE');
  }
}

async function createContextRole(runner: QueryRunner, schema: string): Promise<void> {
  const role = `bulwark_${schema}`;
  await createRole(runner, role);
  await runner.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  // Every context reserves keys, appends events and marks them as consumed in its own transactions.
  await runner.query(`GRANT USAGE ON SCHEMA platform TO ${role}`);
  await runner.query(`ALTER ROLE ${role} SET search_path = ${schema}, public`);
  await runner.query(`ALTER ROLE ${role} SET statement_timeout = '5s'`);
  await runner.query(`ALTER ROLE ${role} SET lock_timeout = '2s'`);
  await runner.query(`ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '5s'`);
  await runner.query(`ALTER ROLE ${role} SET timezone = 'UTC'`);
}

/** Roles belong to the server, not to the database: another database may have made this one. */
function createRole(runner: QueryRunner, role: string): Promise<unknown> {
  return runner.query(
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles
      WHERE rolname = '${role}') THEN CREATE ROLE ${role} LOGIN; END IF; END $$`,
  );
}

/** Which content of `functions/*.sql` the database has; the runner alone writes it (ADR 016). */
async function createRepeatableMigrations(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE platform.repeatable_migrations (
    name text CONSTRAINT repeatable_migrations_pkey PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`);
}
