import type { DataSource } from 'typeorm';
import { poolOf } from './pool-wait-timeout.js';
import { PrimaryHistory } from './replica-lag.js';
import { parseLsn, type WalPosition } from './wal-position.js';

const LOOK_EVERY_MS = 500;
const LOOK_TIMEOUT_MS = 1_000;

// What is flushed, so that an idle replica can have all of it.
const FLUSHED = 'SELECT pg_current_wal_flush_lsn()::text AS lsn, pg_walfile_name(pg_current_wal_insert_lsn()) AS file';
// What is inserted lies beyond every commit that was acknowledged, however commits are configured.
const INSERTED =
  'SELECT pg_current_wal_insert_lsn()::text AS lsn, pg_walfile_name(pg_current_wal_insert_lsn()) AS file';

/** Knows where the primary's log stands: on a beat, to judge replicas by; and on demand, to say where a write went. */
export class PrimaryWatch {
  readonly history = new PrimaryHistory();
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<WalPosition> | undefined;
  private following: Promise<WalPosition> | undefined;

  constructor(private readonly source: DataSource) {}

  async start(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /**
   * A position that holds every commit acknowledged before the call. Callers who come while a question is under way
   * share the next one, so a busy process asks no more often than one after the other.
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

  private async look(): Promise<void> {
    const at = performance.now();
    try {
      this.history.add(await this.ask(FLUSHED), at);
    } catch {
      // Whoever needs the primary hears why; replicas are judged by what is known.
    }
  }

  private async ask(statement: string): Promise<WalPosition> {
    // Straight on the pool: a look is nobody's statement, and does not count as one.
    const { rows } = await withinTime(
      poolOf(this.source).query<{ lsn: string; file: string }>(statement),
      LOOK_TIMEOUT_MS,
    );
    const [row] = rows;
    if (!row) throw new Error('The primary did not say where its log stands.');
    return { timeline: Number.parseInt(row.file.slice(0, 8), 16), lsn: parseLsn(row.lsn) };
  }
}

/** @throws Error when the work takes longer; it goes on, and nobody hears of it any more */
export async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // The loser of the race must not become an unhandled rejection.
    work.catch(() => undefined);
  }
}
