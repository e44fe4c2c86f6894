import type { Recency } from '../cache/index.js';

/** What a use case has read for a cache: the result, and what tells later whether it is still true. */
export interface CacheableResult<R> {
  /** Undefined when there is no such thing; this is cached too, for a short time. */
  readonly value: R | undefined;
  /** The oldest transaction that was running at the read; a larger version is newer. */
  readonly version: number;
  /** What the result is made of: a change of any of these invalidates the entry. */
  readonly tags: readonly string[];
}

/** What a cached route returns: the key of its entry, and the read that fills it on a miss. */
export interface KeyedRead<R> {
  readonly key: string;
  readonly load: (recency: Recency) => Promise<CacheableResult<R>>;
}
