/** A value that survives JSON unchanged. Money that is charged is a bigint of minor units, and so cannot be one. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Whether a value may be kept in a cache: what JSON cannot hold (a bigint above all) makes it `never`. */
export type Cacheable<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends bigint | symbol | ((...args: never[]) => unknown) | Date
    ? never
    : { [K in keyof T]: Cacheable<T[K]> };

/**
 * How entries stay true to changes that are announced:
 * `in-place`: whoever announces a change has already put the new value into the shared layer, under the key that the tag names;
 * `by-tag`: an entry lists what it is made of, and a change of any of it outdates the entry;
 * `by-age`: changes are not announced; only time outdates it.
 */
export type Follows = 'in-place' | 'by-tag' | 'by-age';

/** The law of one cache. All ages are counted from the moment at which the origin was asked. */
export interface CachePolicy {
  /** As the metrics name it. */
  readonly name: string;
  /** The context whose answers these are, as the metrics name it. */
  readonly module: string;
  /** Younger than this it is served as it is. */
  readonly freshMs: number;
  /** The hard bound: up to this age it is served while it is fetched anew. */
  readonly boundMs: number;
  /** How much longer an old answer is better than none, while the origin fails or is slow. */
  readonly ifErrorMs: number;
  /** How long "there is no such thing" is believed. */
  readonly negativeMs: number;
  /** How long the shared layer keeps it at most, for fallbacks and for entries that follow changes. */
  readonly storedMs: number;
  readonly follows: Follows;
}

/** At most this share is taken off a life, so that entries written together do not end together. */
const JITTER_FRESH = 0.15;
const JITTER_STORED = 0.25;

/** A life shortened by chance, never lengthened: the declared bound stays true. @param chance in [0, 1) */
export const jitteredFreshMs = (policy: CachePolicy, chance: number): number =>
  Math.floor(policy.freshMs * (1 - JITTER_FRESH * chance));

/** @param chance in [0, 1) */
export const jitteredStoredMs = (policy: CachePolicy, chance: number): number =>
  Math.floor(policy.storedMs * (1 - JITTER_STORED * chance));

/**
 * What a load has to see: `latest` when a change is so recent that only the primary is sure to have it. When what
 * a replica is behind adds to the age of what it gives, `close`: while nobody tells changes, and for pages, of which nobody
 * tells which items they lack. Otherwise `any` replica will do, since what it lacks is told.
 */
export type Recency = 'latest' | 'close' | 'any';
