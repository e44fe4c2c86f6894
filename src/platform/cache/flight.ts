import type { CacheEntry } from './cache-entry.js';

/** What a flight came back with, and from where. */
export interface LoadResult {
  readonly entry: CacheEntry;
  readonly from: 'redis' | 'origin';
}

/** One load to the layers behind the memory, shared by everybody in the process who wants the key. */
export interface Flight {
  readonly startedAt: number;
  readonly landing: Promise<LoadResult>;
}

/** The flights of one process: for each key at most one is in the air. */
export class Flights {
  private readonly inTheAir = new Map<string, Flight>();

  get(id: string): Flight | undefined {
    return this.inTheAir.get(id);
  }

  start(id: string, now: number, load: () => Promise<LoadResult>): Flight {
    const landing = load().finally(() => this.inTheAir.delete(id));
    // Whoever waits hears of a failure; a flight in the background may have nobody who does.
    landing.catch(() => undefined);
    const flight = { startedAt: now, landing };
    this.inTheAir.set(id, flight);
    return flight;
  }
}

const LATE = Symbol('late');

/** The outcome, or undefined when it takes longer than `waitMs`. @throws what the promise rejects with */
export async function within<T>(promise: Promise<T>, waitMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(resolve, waitMs, LATE);
  });
  try {
    const first = await Promise.race([promise, late]);
    return first === LATE ? undefined : first;
  } finally {
    clearTimeout(timer);
  }
}
