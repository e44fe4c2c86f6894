import { join } from 'node:path';
import pg from 'pg';
import { descriptorLimit } from '../machine/descriptor-limit.js';
import { makeServerFolder, writeSecret, type ServerHome } from '../machine/service-user.js';
import { DATABASE } from './postgres.js';
import type { ServiceDefinition } from './service-process.js';

/** The pooler's entry for reads; further replicas have `_2` and so on behind it. */
const REPLICA_DATABASE = 'bulwark_replica';
/** Signs in to the pooler's own console (`SHOW POOLS`), and to no database. */
export const POOLER_ADMIN = 'bulwark_pooler';

/** The heads of the fleet read the pooler's figures with this role. */
const POOLER_READER = 'bulwark_platform';

const CLIENTS_MAX = 3_000;
/** Descriptors for server connections, logs and libraries. */
const DESCRIPTORS_RESERVED = 500;
const CONNECT_TIMEOUT_MS = 2_000;

export interface PoolerOptions {
  readonly home: ServerHome;
  readonly program: string;
  readonly primaryPort: () => number;
  /** One for each replica. */
  readonly replicaPorts: () => readonly number[];
  /** Server connections per role and database. */
  readonly poolSize: number;
  readonly passwords: Readonly<Record<string, string>>;
}

/** PgBouncer in transaction mode before all servers, one entry each. */
export function poolerDefinition(options: PoolerOptions): ServiceDefinition {
  const folder = makeServerFolder(options.home, 'pooler');
  const adminPassword = options.passwords[POOLER_ADMIN] ?? '';
  return {
    name: 'pooler',
    prepare: (port) => writePoolerFiles(options, port),
    command: () => ({ program: options.program, args: [join(folder, 'pgbouncer.ini')] }),
    isReady: (port) => answersAdmin(port, adminPassword),
    user: options.home.user,
    stopSignal: 'SIGTERM',
    deathSignal: 'KILL',
    // It holds nothing that a kill could lose; newer versions wait for their clients at SIGTERM.
    stopGraceMs: 1_500,
    startTimeoutMs: 15_000,
    rank: 3,
  };
}

/** Writes its configuration for the servers as they are now; a pooler that runs takes it over at `RELOAD`. */
export function writePoolerFiles(options: PoolerOptions, port: number): void {
  const users = writeSecret(options.home, join('pooler', 'userlist.txt'), renderUserList(options.passwords));
  const ports = { own: port, primary: options.primaryPort(), replicas: options.replicaPorts() };
  writeSecret(
    options.home,
    join('pooler', 'pgbouncer.ini'),
    renderPoolerConfig({ ports, users, poolSize: options.poolSize, clientsMax: clientsMax(descriptorLimit()) }),
  );
}

/** The pooler's entry for a replica; never one for several, whose servers differ in how far they are. */
export function replicaDatabase(index: number): string {
  return index === 0 ? REPLICA_DATABASE : `${REPLICA_DATABASE}_${index + 1}`;
}

export function renderUserList(passwords: Readonly<Record<string, string>>): string {
  return Object.entries(passwords)
    .map(([user, password]) => `"${user}" "${password.replaceAll('"', '""')}"\n`)
    .join('');
}

export interface PoolerConfig {
  readonly ports: { readonly own: number; readonly primary: number; readonly replicas: readonly number[] };
  readonly users: string;
  readonly poolSize: number;
  readonly clientsMax: number;
}

/** The configuration file, in the words of PgBouncer 1.18: newer settings would end an older pooler. */
export function renderPoolerConfig(config: PoolerConfig): string {
  const entry = (name: string, port: number) => `${name} = host=127.0.0.1 port=${port} dbname=${DATABASE}`;
  const entries = [
    entry(DATABASE, config.ports.primary),
    ...config.ports.replicas.map((port, index) => entry(replicaDatabase(index), port)),
  ];
  return `[databases]
${entries.join('\n')}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${config.ports.own}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${config.users}
admin_users = ${POOLER_ADMIN}
stats_users = ${POOLER_ADMIN}, ${POOLER_READER}
pool_mode = transaction
default_pool_size = ${config.poolSize}
max_client_conn = ${config.clientsMax}
query_wait_timeout = 5
server_connect_timeout = 3
server_login_retry = 1
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
`;
}

/** How many clients fit under the limit of open files. */
export function clientsMax(descriptors: number): number {
  return Math.max(50, Math.min(CLIENTS_MAX, descriptors - DESCRIPTORS_RESERVED));
}

/** Signs in with a password that only this pooler accepts: a foreign one on the port does not pass. */
async function answersAdmin(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: POOLER_ADMIN,
    password,
    database: 'pgbouncer',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
