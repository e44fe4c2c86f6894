import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { demandOfInstance, type Config, type DatabaseContext } from '../../src/platform/config/index.js';
import { ConnectionBudget } from '../../src/platform/connection-budget/index.js';

/** What a fleet of them adds up to; each counts into the same one. */
export interface FleetTally {
  demanded: number;
  open: number;
  statements: number;
  /** Connections that were refused, and statements that failed. */
  errors: number;
  lastError: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** Between two statements on one connection: a pool that a peak has opened, and that has little to do. */
const THINK_MS = { min: 2_000, max: 6_000 };
/** Pools open their connections as requests come, not in one moment. */
const OPEN_WITHIN_MS = { min: 0, max: 2_000 };
const RETRY_MS = { min: 500, max: 1_500 };
/** A process asks a replica how it is over one connection, and reads there for the other contexts. */
const CHECKS = 1;
/** Keeps a server connection for as long as an ordinary statement would. */
const STATEMENT = 'SELECT pg_sleep(0.003)';

/**
 * An instance as the database sees it: every pool of every process full, as after a peak, and a statement now and then
 * on each connection. It takes part in the budget as the product does, or in none.
 */
export class SimulatedInstance {
  private readonly ending = new AbortController();
  private readonly budget: ConnectionBudget | null;

  constructor(
    private readonly config: Config,
    private readonly tally: FleetTally,
    options: { instanceId: string; defended: boolean },
  ) {
    // Each connection listens to it while it pauses.
    setMaxListeners(0, this.ending.signal);
    this.budget = options.defended ? new ConnectionBudget(config, options.instanceId) : null;
  }

  /** @throws BudgetRefusal when there is no room for it */
  async start(): Promise<void> {
    await this.budget?.join();
    const { processes, primaryConnections, replicaConnections } = demandOfInstance(this.config);
    this.tally.demanded += primaryConnections + replicaConnections;
    const { url, replicaUrls, signIn } = this.config.database;
    const contexts = Object.keys(signIn) as DatabaseContext[];
    for (let process = 0; process < processes; process += 1) {
      for (const context of contexts) this.openPool(url, context);
      for (const replica of replicaUrls)
        for (const context of contexts) this.openPool(replica, context, context === 'platform' ? CHECKS : undefined);
    }
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.budget?.leave();
  }

  private openPool(base: string, context: DatabaseContext, size?: number): void {
    const { user, password, poolSizeMax } = this.config.database.signIn[context];
    const url = new URL(base);
    url.username = user;
    url.password = encodeURIComponent(password);
    for (let slot = 0; slot < (size ?? poolSizeMax); slot += 1) void this.keepConnected(url.toString());
  }

  private async keepConnected(url: string): Promise<void> {
    await pause(OPEN_WITHIN_MS, this.ending.signal);
    while (!this.ending.signal.aborted) {
      try {
        await this.useOne(url);
      } catch (error) {
        this.tally.errors += 1;
        this.tally.lastError = (error as Error).message;
      }
      await pause(RETRY_MS, this.ending.signal);
    }
  }

  private async useOne(url: string): Promise<void> {
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS,
    });
    // What breaks in between shows at the next statement.
    client.on('error', () => undefined);
    try {
      await client.connect();
      this.tally.open += 1;
      try {
        for (; !this.ending.signal.aborted; await pause(THINK_MS, this.ending.signal)) {
          await client.query(STATEMENT);
          this.tally.statements += 1;
        }
      } finally {
        this.tally.open -= 1;
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function pause({ min, max }: { min: number; max: number }, signal: AbortSignal): Promise<void> {
  return delay(min + Math.random() * (max - min), undefined, { signal }).catch(() => undefined);
}
