import type { CacheEntry } from './cache-entry.js';

/** What a load came back with, and from which layer. */
export interface LoadResult {
  readonly entry: CacheEntry;
  readonly from: 'redis' | 'origin';
}

/** One load from the layers behind the memory, shared by every read of the key in this process. */
export interface LoadInFlight {
  readonly startedAt: number;
  readonly result: Promise<LoadResult>;
}

/** The loads of one process: for each key at most one is in flight. */
export class LoadsInFlight {
  private readonly inFlight = new Map<string, LoadInFlight>();

  get(id: string): LoadInFlight | undefined {
    return this.inFlight.get(id);
  }

  start(id: string, now: number, load: () => Promise<LoadResult>): LoadInFlight {
    const result = load().finally(() => this.inFlight.delete(id));
    // A read that waits gets the error; a background refresh may have no read that waits for it.
    result.catch(() => undefined);
    const started = { startedAt: now, result };
    this.inFlight.set(id, started);
    return started;
  }
}
