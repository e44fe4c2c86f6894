import type { CacheEntry } from './cache-entry.js';
import type { CacheMeter } from './cache-meter.js';
import type { Cacheable, CachePolicy, Recency } from './cache-policy.js';
import type { InvalidationSubscriber } from './invalidation-subscriber.js';
import type { LoadsInFlight } from './loads-in-flight.js';
import type { EntryFreshness } from './freshness.js';
import type { MemoryLayer } from './memory-layer.js';
import type { OriginBulkhead } from './origin-bulkhead.js';
import type { RedisLayer } from './redis-layer.js';

/** What the origin gave. */
export interface Loaded<T> {
  readonly value: Cacheable<T>;
  /** See `StoredEntry.version`. */
  readonly version: number;
  readonly tags: readonly string[];
}

/** The origin has no such thing; this is cached too, as a negative entry. */
export interface NothingFound {
  readonly value: undefined;
  readonly version: number;
  readonly tags: readonly string[];
}

/** Asks the origin. */
export type Load<T> = (recency: Recency) => Promise<Loaded<T> | NothingFound>;

/** What a read gives: the entry, how fresh it is, and the layer that it came from. */
export interface Served {
  readonly entry: CacheEntry;
  readonly freshness: EntryFreshness;
  readonly layer: 'memory' | 'redis' | 'origin';
  readonly ageMs: number;
  readonly policy: CachePolicy;
}

/** What the caches of a process share. */
export interface CacheParts {
  readonly memory: MemoryLayer;
  readonly redis: RedisLayer;
  readonly subscriber: InvalidationSubscriber;
  readonly loads: LoadsInFlight;
  readonly originBulkhead: OriginBulkhead;
  readonly meter: CacheMeter;
  readonly now: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
}

/** What one cache is for. */
export interface CacheDefinition<T> {
  readonly policy: CachePolicy;
  readonly etagOf: (value: Cacheable<T>, bytes: string) => string;
  /** Tags whose changes concern a key, also before it has an entry. */
  readonly watches: (key: string) => readonly string[];
}
