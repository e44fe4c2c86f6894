import type { DataSource } from 'typeorm';
import { RepeatingTask, withDeadline } from '../background/index.js';
import { poolOf } from './pool-wait-timeout.js';
import { PrimaryHistory } from './replica-lag.js';
import { parseLsn, type WalPosition } from './wal-position.js';

const CHECK_EVERY_MS = 500;
const CHECK_TIMEOUT_MS = 1_000;

// What is flushed, so that an idle replica can have all of it.
const FLUSHED = 'SELECT pg_current_wal_flush_lsn()::text AS lsn, pg_walfile_name(pg_current_wal_insert_lsn()) AS file';
// What is inserted lies beyond every commit that was acknowledged, however commits are configured.
const INSERTED =
  'SELECT pg_current_wal_insert_lsn()::text AS lsn, pg_walfile_name(pg_current_wal_insert_lsn()) AS file';

/**
 * Reads where the primary's log stands: regularly, to compare replicas with; and on demand, to say where a write went.
 */
export class PrimaryWatch {
  readonly history = new PrimaryHistory();
  private readonly task = new RepeatingTask({
    everyMs: CHECK_EVERY_MS,
    deadlineMs: CHECK_TIMEOUT_MS,
    startsAtOnce: true,
    run: () => this.check(),
    // A caller that needs the primary gets the error itself; replicas are compared with the last known position.
    onFailure: () => undefined,
  });
  private underWay: Promise<WalPosition> | undefined;
  private following: Promise<WalPosition> | undefined;

  constructor(private readonly source: DataSource) {}

  start(): Promise<void> {
    return this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  /**
   * A position that holds every commit acknowledged before the call. Calls that come while a query is under way share
   * the next one, so a busy process runs one query after the other.
   * @throws the driver's error, or one that says that it took too long
   */
  position(): Promise<WalPosition> {
    this.following ??= (this.underWay ?? Promise.resolve())
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        this.underWay = this.following;
        this.following = undefined;
        return this.ask(INSERTED);
      });
    return this.following;
  }

  private async check(): Promise<void> {
    const at = performance.now();
    this.history.add(await this.ask(FLUSHED), at);
  }

  private async ask(statement: string): Promise<WalPosition> {
    // Straight on the pool: a check is not a statement of a request, and does not count as one.
    // The pool drops the connection of a check that is late: checks of a frozen server must not fill it.
    const check = { text: statement, query_timeout: CHECK_TIMEOUT_MS };
    const { rows } = await withDeadline(
      poolOf(this.source).query<{ lsn: string; file: string }>(check),
      CHECK_TIMEOUT_MS,
    );
    const [row] = rows;
    if (!row) throw new Error('The primary did not return the position of its log.');
    return { timeline: Number.parseInt(row.file.slice(0, 8), 16), lsn: parseLsn(row.lsn) };
  }
}
