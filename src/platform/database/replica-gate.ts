import type { DataSource } from 'typeorm';
import { logger, metrics } from '../observability/index.js';

const CHECK_EVERY_MS = 1_000;
const CHECK_TIMEOUT_MS = 800;
/** A replica further behind than this leaves the rotation; well under the 5 s that prices may be stale. */
const LAG_MAX_SECONDS = 3;

/** Idle replicas replay nothing: then the time since the last replayed commit is not a lag. */
const LAG_SQL = `SELECT CASE
    WHEN NOT pg_is_in_recovery() THEN 0
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE COALESCE(EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()), 0)
  END::float8 AS lag_seconds`;

/** Knows whether the replica may serve: checks it on a beat, lets it leave and come back by itself. */
export class ReplicaGate {
  private healthy = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: DataSource,
    private readonly name: string,
  ) {}

  /** Starts the beat; the first check is awaited so that a healthy replica serves from the first request. */
  async start(): Promise<void> {
    await this.check();
    this.timer = setInterval(() => void this.check(), CHECK_EVERY_MS);
    this.timer.unref();
  }

  /** The replica's data source while it is fit to serve. */
  open(): DataSource | undefined {
    return this.healthy ? this.source : undefined;
  }

  /** @throws Error when the replica is out of the rotation */
  async assertServing(): Promise<void> {
    if (!this.healthy) throw new Error('The replica is out of the rotation.');
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.healthy = false;
    if (this.source.isInitialized) await this.source.destroy();
  }

  private async check(): Promise<void> {
    try {
      const lagSeconds = await withTimeout(this.measureLag(), CHECK_TIMEOUT_MS);
      metrics.replicaLagSeconds.set({ replica: this.name }, lagSeconds);
      this.turn(lagSeconds <= LAG_MAX_SECONDS, `it is ${lagSeconds.toFixed(1)} s behind`);
    } catch (error) {
      this.turn(false, (error as Error).message);
    }
  }

  private async measureLag(): Promise<number> {
    // A replica may be down while the application starts; it joins once it answers.
    if (!this.source.isInitialized) await this.source.initialize();
    const rows: { lag_seconds: number }[] = await this.source.query(LAG_SQL);
    return rows[0]?.lag_seconds ?? 0;
  }

  private turn(healthy: boolean, why: string): void {
    if (healthy === this.healthy) return;
    this.healthy = healthy;
    if (healthy) logger.info({ replica: this.name }, 'The replica serves reads.');
    else logger.warn({ replica: this.name, why }, 'The replica left the rotation; the primary serves its reads.');
  }
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    // The loser of the race must not become an unhandled rejection.
    work.catch(() => undefined);
  }
}
