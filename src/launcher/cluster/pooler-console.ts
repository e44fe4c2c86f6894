import pg from 'pg';
import { POOLER_ADMIN } from '../embedded/pooler.js';
import { DATABASE } from '../embedded/postgres.js';

const TIMEOUT_MS = 2_000;

/** The console of PgBouncer. */
export class PoolerConsole {
  constructor(
    private readonly port: () => number,
    private readonly password: string,
  ) {}

  /** Reads the configuration file again and lets every server connection go once its transaction is over; clients stay. */
  async reload(): Promise<void> {
    await this.run('RELOAD', 'RECONNECT');
  }

  /** Holds new transactions on the primary back and returns once the running ones are over. */
  async pause(): Promise<void> {
    await this.run(`PAUSE ${DATABASE}`);
  }

  async resume(): Promise<void> {
    await this.run(`RESUME ${DATABASE}`);
  }

  private async run(...commands: readonly string[]): Promise<void> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.port(),
      user: POOLER_ADMIN,
      password: this.password,
      database: 'pgbouncer',
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (const command of commands) await client.query(command);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
