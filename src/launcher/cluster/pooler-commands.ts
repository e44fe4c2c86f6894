import { POOLER_ADMIN } from '../embedded/pooler.js';
import { DATABASE } from '../embedded/postgres.js';

/** What the launcher asks of the embedded PgBouncer while servers change their roles. */
export class PoolerCommands {
  constructor(
    private readonly port: () => number,
    private readonly password: string,
  ) {}

  /**
   * Reads the configuration file again and lets every server connection go once its transaction is over; clients stay.
   */
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
    // Loaded when it is needed: the start waits for nothing that only a change of roles needs.
    const { PoolerConsole } = await import('../../platform/connection-budget/index.js');
    const password = encodeURIComponent(this.password);
    const console = new PoolerConsole(`postgres://${POOLER_ADMIN}:${password}@127.0.0.1:${this.port()}/pgbouncer`);
    try {
      await console.execute(...commands);
    } finally {
      await console.end();
    }
  }
}
