import { setTimeout as pause } from 'node:timers/promises';
import { LOCK_MAX_MS, LOCK_POLL_INTERVAL_MS, LOCK_POLLS_MIN, LOCK_WAIT_MS, REFRESH_WAIT_MS } from './cache-bounds.js';
import type { CacheEntry } from './cache-entry.js';
import type { CacheParts } from './cache-types.js';
import type { EntryStore } from './entry-store.js';

/** What a process may do with a key: load it as the holder of its lock, load it without one, or serve this entry. */
export type LockOutcome = 'locked' | 'alone' | CacheEntry;

/**
 * The fleet's lock on a key of one cache: one process loads, the others wait a bounded time for what it stores. Without
 * a shared layer there is no lock, and each process loads behind its own origin bulkhead.
 */
export class FleetLock {
  constructor(
    private readonly parts: CacheParts,
    private readonly cacheName: string,
    private readonly entries: EntryStore<unknown>,
  ) {}

  /** Reads the shared layer and, when it has no entry, takes the lock in the same round trip. */
  async readOrLock(
    id: string,
    token: string,
  ): Promise<{ found: CacheEntry | undefined; lock: 'locked' | 'held' | undefined }> {
    const { epoch } = this.parts.subscriber;
    const answer = await this.parts.redis.getOrLock(id, token, LOCK_MAX_MS);
    if (answer !== 'locked' && answer !== 'held')
      return { found: this.entries.adopt(id, answer, epoch), lock: undefined };
    this.parts.meter.redis(this.cacheName, 'expired');
    return { found: undefined, lock: answer };
  }

  /**
   * Takes the lock, or waits for its holder.
   * @param best what there is to serve already
   * @param lock `held` when another process is known to hold the lock
   * @returns `alone` when the shared layer is unavailable, or its holder took too long
   */
  async lockOrWait(
    id: string,
    token: string,
    best: CacheEntry | undefined,
    lock: 'held' | undefined,
  ): Promise<LockOutcome> {
    const first = lock === 'held' ? lock : await this.lockUnlessLoaded(id, token);
    if (first !== 'held') return first;
    const { redis, meter } = this.parts;
    const beganAt = this.parts.now();
    const servable = best && this.entries.evaluate(best) === 'stale' ? best : undefined;
    const until = beganAt + (servable ? REFRESH_WAIT_MS : LOCK_WAIT_MS);
    let outcome: LockOutcome | 'held' = 'held';
    for (
      let polls = 0;
      outcome === 'held' && (polls < LOCK_POLLS_MIN || this.parts.now() < until) && redis.isOpen();
      polls++
    ) {
      await pause(LOCK_POLL_INTERVAL_MS);
      const next = await this.entries.readShared(id);
      outcome = next && this.entries.evaluate(next) === 'fresh' ? next : await this.lockUnlessLoaded(id, token);
    }
    meter.waited(this.cacheName, this.parts.now() - beganAt);
    return outcome === 'held' ? (servable ?? 'alone') : outcome;
  }

  /** Releases the lock without an entry. */
  release(id: string, token: string): void {
    void this.parts.redis.unlock(id, token);
  }

  /** Between a read and the lock another process may have stored the entry and released: the holder reads again. */
  private async lockUnlessLoaded(id: string, token: string): Promise<LockOutcome | 'held'> {
    const locked = await this.parts.redis.lock(id, token, LOCK_MAX_MS);
    if (locked === undefined) return 'alone';
    if (!locked) return 'held';
    const loaded = await this.entries.readShared(id);
    if (!loaded || !this.entries.needsNoLoad(loaded)) return 'locked';
    this.release(id, token);
    return loaded;
  }
}
