import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { LauncherError } from '../launcher-error.js';
import type { ServerHome } from '../machine/service-user.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { ensurePrimaryData, ensureReplicaData, isServing, writeSecret } from './postgres-data.js';
import { postgresArguments, primarySettings, REPLICA_SLOT, replicaSettings } from './postgres-settings.js';
import type { ServiceDefinition, ServiceProcess } from './service-process.js';

export const DATABASE = 'bulwark';
export const SUPERUSER = 'postgres';

/** How long a replica may take until it follows the primary; beyond it, it is made anew. */
const STREAMING_TIMEOUT_MS = 15_000;
/** What a replica says when waiting is in vain. */
const CANNOT_FOLLOW = /requested WAL segment \S+ has already been removed|database system identifier differs/;
const STREAMING_POLL_MS = 25;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

export interface PostgresOptions {
  readonly home: ServerHome;
  readonly binaries: PostgresBinaries;
  readonly password: string;
  readonly connectionsMax: number;
}

export type PostgresPair = { readonly primary: ServiceProcess; readonly replica: ServiceProcess };
export type MakeService = (definition: ServiceDefinition) => ServiceProcess;

/**
 * Starts the primary and its streaming replica, made from nothing at the first start.
 * A replica that cannot follow any more (the primary no longer has what it misses) is made anew from the primary.
 */
export async function startPostgresPair(options: PostgresOptions, make: MakeService): Promise<PostgresPair> {
  const folders = { primary: join(options.home.path, 'primary'), replica: join(options.home.path, 'replica') };
  await ensurePrimaryData(folders.primary, options.home, options.binaries, options.password);
  const primary = make(serverDefinition('postgres-primary', folders.primary, options, () => primarySettings(options.connectionsMax)));
  const replica = make(serverDefinition('postgres-replica', folders.replica, options, () => {
    const passfile = join(options.home.path, 'replica.pass');
    return replicaSettings({ primaryPort: primary.port, user: SUPERUSER, passfile });
  }));
  writeSecret(options.home, 'replica.pass', `127.0.0.1:*:*:${SUPERUSER}:${options.password}\n`);
  try {
    if (await startBoth(primary, replica, folders, options)) return { primary, replica };
    await Promise.all([primary.stop(), replica.stop()]);
    rmSync(folders.replica, { recursive: true, force: true });
    if (await startBoth(primary, replica, folders, options)) return { primary, replica };
    throw new LauncherError(`The replica does not follow the primary. The end of its log:\n${replica.recentLog()}`);
  } catch (error) {
    await Promise.all([primary.stop(), replica.stop()]);
    throw error;
  }
}

/** The superuser's URL of a server. */
export function superuserUrl(port: number, password: string, database = DATABASE): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

async function startBoth(primary: ServiceProcess, replica: ServiceProcess, folders: { primary: string; replica: string }, options: PostgresOptions): Promise<boolean> {
  await ensureReplicaData(folders.replica, folders.primary, options.home);
  await primary.start();
  return withSuperuser(primary.port, options.password, async (client) => {
    await ensureDatabaseAndSlot(client);
    await replica.start();
    return awaitStreaming(client, replica);
  });
}

function serverDefinition(name: string, folder: string, options: PostgresOptions, settings: () => Record<string, string>): ServiceDefinition {
  const { binaries, home } = options;
  return {
    name,
    command: (port) => ({ program: binaries.postgres, args: postgresArguments(folder, port, settings(), binaries.hasStatStatements), env: { LC_ALL: 'C' } }),
    isReady: (_port, pid) => isServing(folder, pid),
    user: home.user,
    // SIGINT is the fast shutdown: sessions are ended, the data is written.
    stopSignal: 'SIGINT',
    deathSignal: 'INT',
    stopGraceMs: 20_000,
    startTimeoutMs: 180_000,
    // The sessions of a server that was killed need a moment to notice it.
    transientFailure: /pre-existing shared memory block|lock file "postmaster.pid" already exists/,
    rank: 4,
  };
}

async function withSuperuser<T>(port: number, password: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: superuserUrl(port, password, 'postgres'), connectionTimeoutMillis: CONNECT_TIMEOUT_MS, query_timeout: STATEMENT_TIMEOUT_MS });
  // A server that dies here shows itself in the next query; the event alone must not end the launcher.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') throw error;
    throw new LauncherError('The superuser password in credentials.json is not the one of the database beside it. Restore that file, or remove the data folder to begin anew.', { cause: error });
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function ensureDatabaseAndSlot(client: pg.Client): Promise<void> {
  const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  const slot = await client.query('SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1', [REPLICA_SLOT]);
  if (slot.rows[0]?.wal_status === 'lost') await client.query('SELECT pg_drop_replication_slot($1)', [REPLICA_SLOT]);
  else if (slot.rowCount === 1) return;
  await client.query('SELECT pg_create_physical_replication_slot($1, true)', [REPLICA_SLOT]);
}

async function awaitStreaming(client: pg.Client, replica: ServiceProcess): Promise<boolean> {
  const patienceEnds = Date.now() + STREAMING_TIMEOUT_MS;
  while (Date.now() < patienceEnds && !CANNOT_FOLLOW.test(replica.recentLog())) {
    const { rowCount } = await client.query(`SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'`);
    if (rowCount !== null && rowCount > 0) return true;
    await wait(STREAMING_POLL_MS);
  }
  return false;
}
