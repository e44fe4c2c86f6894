import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import type { Config } from '../config/index.js';
import {
  appliedMigrations,
  isMigratedByNewerBuild,
  MIGRATIONS_TABLE,
  refuseSchemaBeforeBaseline,
} from './applied-migrations.js';
import { retryForLocks, withLockTimeout, type MigrationClass } from './migration-locks.js';
import { applyChangedFunctions, readFunctionFiles } from './repeatable-functions.js';

/** Any constant works that no other lock uses: it spells "Bulwark" on a phone. */
const MIGRATION_LOCK = 2_859_275;
const CONNECT_TIMEOUT_MS = 10_000;
/** Another instance that migrates is waited for this long. */
const LOCK_TIMEOUT_MS = 300_000;

/** What a run has changed. */
export interface MigrationRun {
  /** The names of the migrations that ran. */
  readonly migrations: string[];
  /** The names of the functions that were applied. */
  readonly functions: string[];
  /** A newer build has migrated the database: the functions were left as it made them. */
  readonly isOlderBuild: boolean;
}

/**
 * Runs what is pending of `migrations/` and then applies the functions that have changed, once in a fleet, on the
 * direct URL, and gives the context roles the passwords of the configuration. It may run while the application serves:
 * a migration that does not get a lock at once gives way and comes back (ADR 016).
 * @param folder where the compiled migrations lie, with the functions in `functions/`
 * @throws SchemaTooOldError for a database from before the baseline, FunctionRefusedError for a broken function
 */
export async function runMigrations(config: Config, folder: string): Promise<MigrationRun> {
  const gate = new Client({ connectionString: config.database.directUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await gate.connect();
  try {
    // The lock belongs to a transaction, so that it goes with its connection whatever happens (ADR 014).
    await gate.query('BEGIN');
    await gate.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await gate.query(`SET LOCAL idle_in_transaction_session_timeout = 0`);
    // Without parameters: the portal of a parametrised query keeps its snapshot, and a concurrent index build would
    // wait for it for ever.
    await gate.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    const run = await migrate(config, folder);
    await setRolePasswords(gate, config);
    await gate.query('COMMIT');
    return run;
  } finally {
    await gate.end();
  }
}

async function migrate(config: Config, folder: string): Promise<MigrationRun> {
  const own = await loadMigrations(folder);
  const ran = new Set<string>();
  const source = new DataSource({
    type: 'postgres',
    url: config.database.directUrl,
    migrations: own.map((migration) => withLockTimeout(migration, (name) => ran.add(name))),
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
    installExtensions: false,
    poolSize: 1,
  });
  await source.initialize();
  try {
    const applied = await appliedMigrations(source);
    refuseSchemaBeforeBaseline(applied);
    // Those that have committed are not pending any more: the next attempt goes on where this one gave way.
    await retryForLocks(() => source.runMigrations(), pause);
    const isOlderBuild = isMigratedByNewerBuild(applied, own);
    return { migrations: [...ran], functions: isOlderBuild ? [] : await applyFunctions(source, folder), isOlderBuild };
  } finally {
    await source.destroy();
  }
}

async function applyFunctions(source: DataSource, folder: string): Promise<string[]> {
  const files = await readFunctionFiles(folder);
  return files.length === 0 ? [] : retryForLocks(() => applyChangedFunctions(source, files), pause);
}

async function loadMigrations(folder: string): Promise<MigrationClass[]> {
  const files = (await readdir(folder)).filter((file) => /^\d+-.*\.js$/.test(file)).toSorted();
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(join(folder, file)).href) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module) => Object.values(module).filter(isMigration));
}

function isMigration(exported: unknown): exported is MigrationClass {
  return typeof exported === 'function' && 'up' in (exported.prototype as object);
}

async function setRolePasswords(client: Client, config: Config): Promise<void> {
  const { signIn, appPassword } = config.database;
  const app = appPassword ? [{ user: 'bulwark_app', password: appPassword }] : [];
  for (const { user, password } of [...Object.values(signIn), ...app]) {
    // Utility statements take no parameters: the server quotes both itself.
    const { rows } = await client.query<{ statement: string }>(
      "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text) AS statement",
      [user, password],
    );
    if (rows[0]) await client.query(rows[0].statement);
  }
}
