import { Bulkhead } from '../background/index.js';

/** Loads take no more than this of a context's connection pool; staff and health checks keep the rest. */
const CONCURRENCY_MAX = 4;
/** A longer queue would outlast every caller's time-out. */
const QUEUE_MAX = 500;
const FAILURE_PAUSE_MS = 1_000;
const FAILURES_KEPT_MAX = 10_000;

/** The way to the origin: bounded concurrency, and a pause before a failed load is tried again. */
export class OriginBulkhead {
  private readonly bulkhead = new Bulkhead({ name: 'reads', concurrencyMax: CONCURRENCY_MAX, queueMax: QUEUE_MAX });
  private readonly failures = new Map<string, { readonly until: number; readonly error: unknown }>();

  run<T>(load: () => Promise<T>): Promise<T> {
    return this.bulkhead.run(load);
  }

  /** The error of a load that has just failed; it is not tried again before its pause is over. */
  recentFailure(id: string, now: number): { readonly error: unknown } | undefined {
    const failure = this.failures.get(id);
    return failure !== undefined && now < failure.until ? failure : undefined;
  }

  /** Whether the last load failed, however long ago: a read with a stale entry then does not wait for the next load. */
  isFailing(id: string): boolean {
    return this.failures.has(id);
  }

  /** @param chance in [0, 1), so that not every process tries again at once */
  noteFailure(id: string, error: unknown, now: number, chance: number): void {
    if (this.failures.size >= FAILURES_KEPT_MAX) this.failures.clear();
    this.failures.set(id, { until: now + FAILURE_PAUSE_MS * (1 + chance), error });
  }

  noteSuccess(id: string): void {
    this.failures.delete(id);
  }
}
