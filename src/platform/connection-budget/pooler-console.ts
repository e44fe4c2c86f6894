import type { Config } from '../config/index.js';
import { HeldClient } from './held-client.js';
import { signedIn } from './signed-in.js';

/** The name under which a PgBouncer has its console instead of a database. */
const CONSOLE = 'pgbouncer';

/** What a pooler is set to. */
export interface PoolerSettings {
  readonly clientsMax: number;
  readonly entries: readonly PoolerEntry[];
}

export interface PoolerEntry {
  readonly name: string;
  /** Server connections for each role. */
  readonly poolSize: number;
  /** Server connections for all roles; Infinity without a bound. */
  readonly serversMax: number;
}

/** One entry's figures at this moment, over all roles. */
export interface PoolerFigures {
  readonly database: string;
  readonly clients: Readonly<Record<'active' | 'waiting', number>>;
  readonly servers: Readonly<Record<'active' | 'idle' | 'used' | 'login', number>>;
  readonly longestWaitSeconds: number;
  /** Since the pooler started. */
  readonly waitedSeconds: number;
}

type Row = Record<string, string | number | null>;

/** The console of a PgBouncer, over one connection. */
export class PoolerConsole {
  private readonly client: HeldClient;

  /** @param url signs in as one of its `stats_users` to read, as one of its `admin_users` to command */
  constructor(url: string) {
    this.client = new HeldClient(url);
  }

  /** The console of the pooler before the primary, with the platform's role, which may read it. */
  static ofPrimary(config: Config): PoolerConsole {
    return new PoolerConsole(signedIn(config, CONSOLE));
  }

  /** Runs commands one after the other. @throws Error when one is refused or takes longer than 2 s */
  async execute(...commands: readonly string[]): Promise<void> {
    for (const command of commands) await this.client.rows(command);
  }

  /** @throws Error when there is no console, or this role may not read it */
  async settings(): Promise<PoolerSettings> {
    const config = await this.client.rows<Row>('SHOW CONFIG');
    const databases = await this.client.rows<Row>('SHOW DATABASES');
    const clientsMax = Number(config.find(({ key }) => key === 'max_client_conn')?.value);
    if (!Number.isInteger(clientsMax)) throw new Error('The console does not say max_client_conn.');
    return { clientsMax, entries: databases.filter(({ name }) => name !== CONSOLE).map(toEntry) };
  }

  /** @throws Error when there is no console, or this role may not read it */
  async figures(): Promise<PoolerFigures[]> {
    const pools = await this.client.rows<Row>('SHOW POOLS');
    const stats = await this.client.rows<Row>('SHOW STATS');
    const names = new Set(pools.map(({ database }) => String(database)).filter((name) => name !== CONSOLE));
    return [...names].map((name) => toFigures(name, pools, stats));
  }

  async end(): Promise<void> {
    await this.client.end();
  }
}

function toEntry(row: Row): PoolerEntry {
  // Newer versions call the reserve by another name.
  const reserve = Number(row.reserve_pool ?? row.reserve_pool_size ?? 0);
  return {
    name: String(row.name),
    poolSize: Number(row.pool_size) + reserve,
    serversMax: Number(row.max_connections) || Infinity,
  };
}

function toFigures(database: string, pools: readonly Row[], stats: readonly Row[]): PoolerFigures {
  const own = pools.filter((row) => row.database === database);
  const sum = (column: string): number => own.reduce((total, row) => total + Number(row[column] ?? 0), 0);
  const wait = (row: Row): number => Number(row.maxwait ?? 0) + Number(row.maxwait_us ?? 0) / 1e6;
  const waitedMicroseconds = Number(stats.find((row) => row.database === database)?.total_wait_time ?? 0);
  return {
    database,
    clients: { active: sum('cl_active'), waiting: sum('cl_waiting') },
    servers: {
      active: sum('sv_active'),
      idle: sum('sv_idle'),
      used: sum('sv_used') + sum('sv_tested'),
      login: sum('sv_login'),
    },
    longestWaitSeconds: Math.max(0, ...own.map(wait)),
    waitedSeconds: waitedMicroseconds / 1e6,
  };
}
