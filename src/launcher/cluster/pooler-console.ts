import { POOLER_ADMIN } from '../embedded/pooler.js';
import { DATABASE } from '../embedded/postgres.js';
import { LauncherError } from '../machine/launcher-error.js';
import { withSession } from './session.js';

/** Shorter than a client of the pooler waits for a server: it must not be the pause that ends its request. */
const COMMAND_TIMEOUT_MS = 2_000;
/** The driver's words for a command that has no answer in time. */
const QUERY_TIMED_OUT = 'Query read timeout';

/** What the launcher asks of the embedded PgBouncer while servers change their roles. */
export class PoolerConsole {
  constructor(
    private readonly port: () => number,
    private readonly password: string,
  ) {}

  /** Reads the configuration file again and lets server connections go once their transaction is over; clients stay. */
  async reload(): Promise<void> {
    await this.run('RELOAD');
    await this.run('RECONNECT');
  }

  /**
   * Holds new transactions on the primary back and returns once the running ones are over.
   * @throws LauncherError when one of them takes longer; new ones are held back all the same until `resume`
   */
  async pause(): Promise<void> {
    await this.run(`PAUSE ${DATABASE}`).catch((error: unknown) => {
      const { message } = error as Error;
      const isLate = message === QUERY_TIMED_OUT;
      const why = isLate ? `a transaction takes longer than ${COMMAND_TIMEOUT_MS / 1_000} s` : `it says "${message}"`;
      throw new LauncherError(`The pooler cannot pause: ${why}.`, { cause: error });
    });
  }

  async resume(): Promise<void> {
    await this.run(`RESUME ${DATABASE}`);
  }

  private async run(command: string): Promise<void> {
    await withSession(
      {
        port: this.port(),
        user: POOLER_ADMIN,
        password: this.password,
        database: 'pgbouncer',
        connectTimeoutMs: COMMAND_TIMEOUT_MS,
        statementTimeoutMs: COMMAND_TIMEOUT_MS,
      },
      (client) => client.query(command),
    );
  }
}
