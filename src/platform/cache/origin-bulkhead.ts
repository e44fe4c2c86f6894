import { Bulkhead } from '../overload/index.js';

/** Of a context's pool of connections the loads take no more than this; staff and health checks keep the rest. */
const CONCURRENCY_MAX = 4;
/** More than this would wait longer than anybody has patience. */
const QUEUE_MAX = 500;
const FAILURE_PAUSE_MS = 1_000;
const FAILURES_REMEMBERED_MAX = 10_000;

/** The way to the origin: bounded in breadth, and sparing with what has just failed. */
export class OriginBulkhead {
  private readonly lane = new Bulkhead({ name: 'reads', concurrencyMax: CONCURRENCY_MAX, queueMax: QUEUE_MAX });
  private readonly failures = new Map<string, { readonly until: number; readonly error: unknown }>();

  run<T>(load: () => Promise<T>): Promise<T> {
    return this.lane.run(load);
  }

  /** The error of a load that failed a moment ago; until the pause is over it is not tried again. */
  recentFailure(id: string, now: number): { readonly error: unknown } | undefined {
    const failure = this.failures.get(id);
    return failure !== undefined && now < failure.until ? failure : undefined;
  }

  /** Whether the last load failed, however long ago: then nobody waits for the next one who has something to show. */
  isFailing(id: string): boolean {
    return this.failures.has(id);
  }

  /** @param chance in [0, 1), so that not every process tries again at once */
  noteFailure(id: string, error: unknown, now: number, chance: number): void {
    if (this.failures.size >= FAILURES_REMEMBERED_MAX) this.failures.clear();
    this.failures.set(id, { until: now + FAILURE_PAUSE_MS * (1 + chance), error });
  }

  noteSuccess(id: string): void {
    this.failures.delete(id);
  }
}
