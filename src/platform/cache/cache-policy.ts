/**
 * Whether a value may be kept in a cache: what JSON cannot hold makes it `never`. Money that is charged is a bigint of
 * minor units, and so cannot be kept.
 */
export type Cacheable<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends bigint | symbol | ((...args: never[]) => unknown) | Date
    ? never
    : { [K in keyof T]: Cacheable<T[K]> };

/**
 * What an invalidation does to the entries of a cache:
 * `in-place`: the publisher has stored the new value in the shared layer before, under the key that the tag names;
 * `by-tag`: an entry lists the tags of what it is made of, and a change of any of them invalidates the entry;
 * `ttl-only`: nothing; these entries only expire.
 */
export type InvalidationMode = 'in-place' | 'by-tag' | 'ttl-only';

/** The policy of one cache. All ages are counted from the moment at which the origin was asked. */
export interface CachePolicy {
  /** As the metrics name it. */
  readonly name: string;
  /** The context whose answers these are, as the metrics name it. */
  readonly module: string;
  /** Up to this age an entry is fresh: served as it is. */
  readonly freshMs: number;
  /** The hard bound: up to this age an entry is served while it is refreshed (stale-while-revalidate). */
  readonly boundMs: number;
  /** How much longer it is served while the origin fails or is slow (stale-if-error). */
  readonly ifErrorMs: number;
  /** How long a negative entry (the origin has no such thing) is fresh. */
  readonly negativeMs: number;
  /** How long the shared layer keeps it at most, for stale-if-error and for entries that invalidation keeps true. */
  readonly storedMs: number;
  readonly invalidation: InvalidationMode;
}

/** At most this share is taken off a TTL, so that entries written together do not expire together. */
const JITTER_FRESH = 0.15;
const JITTER_STORED = 0.25;

/** A TTL with jitter, which only shortens it: the declared bound stays true. @param chance in [0, 1) */
export const jitteredFreshMs = (policy: CachePolicy, chance: number): number =>
  Math.floor(policy.freshMs * (1 - JITTER_FRESH * chance));

/** @param chance in [0, 1) */
export const jitteredStoredMs = (policy: CachePolicy, chance: number): number =>
  Math.floor(policy.storedMs * (1 - JITTER_STORED * chance));

/**
 * How recent the data of a load has to be. `latest`: a change is so recent that only the primary is sure to have it.
 * `close`: a replica's lag adds to the age of the entry, since no invalidation would name what it lacks (no publisher
 * is alive, or the entry is a page). `any`: any replica will do, since an invalidation names what it lacks.
 */
export type Recency = 'latest' | 'close' | 'any';
