import type { DataSource } from 'typeorm';
import { RepeatingTask, withDeadline } from '../background/index.js';
import { REPLICA_CONTEXTS, type ReplicaContext } from '../config/index.js';
import { logger, metrics } from '../observability/index.js';
import { closeWhenUnanswered } from './answer-timeout.js';
import { poolOf, refuseWhenStalled, waitMeter } from './pool-wait-timeout.js';
import type { PrimaryWatch } from './primary-watch.js';
import { parseLsn, type WalPosition } from './wal-position.js';

/** Together less than a request's own time-out: a read that hangs is given to the primary in time. */
const CHECK_EVERY_MS = 300;
const CHECK_TIMEOUT_MS = 350;
/** The one connection for checks is made anew when it hangs, so that a server that came back is seen. */
const CHECK_ANSWER_TIMEOUT_MS = 1_000;

const STATE = `SELECT pg_is_in_recovery() AS follows,
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END::text AS lsn,
  CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_flush_lsn()) END AS file,
  COALESCE(EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()), 0)::float8 AS since_commit_seconds`;

interface State {
  readonly follows: boolean;
  readonly lsn: string | null;
  readonly file: string | null;
  readonly since_commit_seconds: number;
}

/** What a replica needs. */
export interface ReplicaParts {
  /** As the metrics name it. */
  readonly name: string;
  /** One pool for each context that reads here. */
  readonly sources: Readonly<Record<ReplicaContext, DataSource>>;
  /** A connection of its own: a check must not wait behind what it checks. */
  readonly checks: DataSource;
  readonly primary: PrimaryWatch;
  readonly lagMaxMs: number;
  /** See `pool-wait-timeout.ts`. */
  readonly stallMs: number;
  /** See `answer-timeout.ts`. */
  readonly answerTimeoutMs: number;
}

/** One replica: checked regularly, out of the rotation while it is gone, frozen or too far behind, back by itself. */
export class Replica {
  private serving = false;
  private replayed = 0n;
  private lagMs = 0;
  private readonly checks = new RepeatingTask({
    everyMs: CHECK_EVERY_MS,
    deadlineMs: CHECK_TIMEOUT_MS,
    startsAtOnce: true,
    run: () => this.check(),
    onFailure: (error) => this.leave((error as Error).message),
  });
  private opening: Promise<void> | undefined;
  /** How to end the reads that are under way. */
  private readonly reading = new Set<(error: ReplicaLeftError) => void>();

  constructor(private readonly parts: ReplicaParts) {}

  get name(): string {
    return this.parts.name;
  }

  /**
   * The first check is awaited, so that a healthy replica serves from the first request; one that is down joins later.
   */
  start(): Promise<void> {
    return this.checks.start();
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.checks.stop(), this.opening]);
    this.serving = false;
    for (const source of this.all()) if (source.isInitialized) await source.destroy();
  }

  /** Whether it may serve a reader who accepts this lag and has to see the position. */
  canServe({ lagMaxMs, position }: { lagMaxMs: number; position: WalPosition | undefined }): boolean {
    if (!this.serving || this.lagMs > lagMaxMs) return false;
    if (position === undefined) return true;
    return position.timeline === this.parts.primary.history.timeline && position.lsn <= this.replayed;
  }

  isServing(): boolean {
    return this.serving;
  }

  source(context: ReplicaContext): DataSource {
    return this.parts.sources[context];
  }

  /**
   * Runs a read, and gives it up as soon as the replica leaves the rotation: what hangs on a frozen server must not
   * hang until the caller's time-out.
   * @throws ReplicaLeftError then; else what the read throws
   */
  run<T>(read: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.reading.add(reject);
      read().then(
        (result) => {
          this.reading.delete(reject);
          resolve(result);
        },
        (error: unknown) => {
          this.reading.delete(reject);
          reject(error as Error);
        },
      );
    });
  }

  /** Checks at once, since a read has failed. */
  recheck(): void {
    this.checks.runSooner();
  }

  private async check(): Promise<void> {
    const refusal = this.evaluate(await withDeadline(this.ask(), CHECK_TIMEOUT_MS));
    if (refusal) this.leave(refusal);
    else this.join();
  }

  private async ask(): Promise<State> {
    await this.open();
    const [state]: State[] = await this.parts.checks.query(STATE);
    if (!state?.lsn) throw new Error('it has replayed nothing yet');
    return state;
  }

  /** A server that is down at the start is asked again at each check, by one attempt at a time. */
  private open(): Promise<void> {
    this.opening ??= this.openAll().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async openAll(): Promise<void> {
    const { checks, answerTimeoutMs } = this.parts;
    if (!checks.isInitialized) {
      await checks.initialize();
      closeWhenUnanswered(poolOf(checks), CHECK_ANSWER_TIMEOUT_MS);
    }
    for (const context of REPLICA_CONTEXTS) {
      const source = this.parts.sources[context];
      if (source.isInitialized) continue;
      await source.initialize();
      closeWhenUnanswered(poolOf(source), answerTimeoutMs);
      refuseWhenStalled(poolOf(source), {
        stallMs: this.parts.stallMs,
        observe: waitMeter({ target: 'replica', context, server: this.name }),
      });
    }
  }

  private all(): DataSource[] {
    return [this.parts.checks, ...Object.values(this.parts.sources)];
  }

  /** @returns why it may not serve */
  private evaluate({ follows, lsn, file, since_commit_seconds: sinceCommitSeconds }: State): string | undefined {
    const { history } = this.parts.primary;
    this.replayed = parseLsn(lsn ?? '');
    this.lagMs = history.behindMs(this.replayed, performance.now(), sinceCommitSeconds * 1_000);
    metrics.replicaLagSeconds.set({ replica: this.name }, this.lagMs / 1_000);
    // Promoted, it may serve as what it is now; a second server that takes itself for the primary may not.
    if (!follows && Number.parseInt(file?.slice(0, 8) ?? '', 16) !== history.timeline)
      return 'it follows no primary and is not the primary';
    return this.lagMs > this.parts.lagMaxMs ? `it is ${(this.lagMs / 1_000).toFixed(1)} s behind` : undefined;
  }

  private join(): void {
    if (this.serving) return;
    this.serving = true;
    logger.info({ replica: this.name }, 'The replica serves reads.');
  }

  private leave(why: string): void {
    if (!this.serving) return;
    this.serving = false;
    const left = new ReplicaLeftError(this.name, why);
    for (const end of this.reading) end(left);
    this.reading.clear();
    logger.warn(
      { replica: this.name, why },
      'The replica left the rotation; the others, or the primary, serve its reads.',
    );
  }
}

/** The replica left the rotation while it was asked. */
export class ReplicaLeftError extends Error {
  constructor(replica: string, why: string) {
    super(`${replica} left the rotation: ${why}`);
    this.name = 'ReplicaLeftError';
  }
}
