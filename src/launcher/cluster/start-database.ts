import type { PoolerOptions } from '../embedded/pooler.js';
import { poolerDefinition, writePoolerFiles } from '../embedded/pooler.js';
import { findPostgresBinaries } from '../embedded/postgres-binaries.js';
import type { ServiceDefinition, ServiceProcess } from '../embedded/service-process.js';
import type { ServerHome } from '../machine/service-user.js';
import { DatabaseCluster, MEMBERS_MAX } from './database-cluster.js';
import { adoptFormerData } from './former-versions.js';
import { PoolerConsole } from './pooler-console.js';
import { removeDrafts } from './postgres-data.js';

/** The roles that share the primary through the pooler. */
const POOLED_ROLES = 5;
/** Sessions beside the pooler's: migrations, the superuser, the relay of an operator. */
const DIRECT_CONNECTIONS = 30;
const CONNECTIONS_MIN = 100;

export interface DatabaseOptions {
  readonly home: ServerHome;
  readonly pgbouncer: string;
  readonly superuserPassword: string;
  readonly poolerAdminPassword: string;
  readonly poolSize: number;
  readonly replicas: number;
  readonly poolerPasswords: Readonly<Record<string, string>>;
  /** Makes the process of a server; the place is 0 for the first primary, then its replicas. */
  readonly makeServer: (definition: ServiceDefinition, place: number) => ServiceProcess;
  readonly makePooler: (definition: ServiceDefinition) => ServiceProcess;
}

/** The servers and the pooler before them. */
export interface EmbeddedDatabase {
  readonly cluster: DatabaseCluster;
  readonly console: PoolerConsole;
  /** Points the pooler's entries at the servers in their roles of now; its clients stay connected. */
  repoint(): Promise<void>;
}

/**
 * Makes the servers and the pooler known, then starts them.
 * @param onMade is called with them before the first one starts, so that a start which fails can be undone
 */
export async function startDatabase(
  options: DatabaseOptions,
  onMade: (database: EmbeddedDatabase) => void,
): Promise<void> {
  const { home, poolSize, replicas } = options;
  removeDrafts(home);
  await adoptFormerData(home, MEMBERS_MAX);
  const cluster = new DatabaseCluster({
    home,
    binaries: findPostgresBinaries(home.user),
    password: options.superuserPassword,
    replicas,
    make: options.makeServer,
    connectionsMax: Math.max(CONNECTIONS_MIN, POOLED_ROLES * poolSize + DIRECT_CONNECTIONS),
  });
  const poolerOptions: PoolerOptions = {
    home,
    program: options.pgbouncer,
    poolSize,
    passwords: options.poolerPasswords,
    primaryPort: () => cluster.primary.port,
    replicaPorts: () => cluster.standbys.map((standby) => standby.port),
  };
  const pooler = options.makePooler(poolerDefinition(poolerOptions));
  const console = new PoolerConsole(() => pooler.port, options.poolerAdminPassword);
  const repoint = async () => {
    // One that is down reads the file when it starts.
    if (pooler.pid === null) return;
    writePoolerFiles(poolerOptions, pooler.port);
    await console.reload();
  };
  onMade({ cluster, console, repoint });
  await cluster.start();
  await pooler.start();
}
