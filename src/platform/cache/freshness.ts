import { EPOCH_NONE, type CacheEntry } from './cache-entry.js';
import type { CachePolicy } from './cache-policy.js';

/**
 * `fresh`: served. `stale`: served and refreshed. `stale-if-error`: served when the origin fails or is slow.
 * `expired`: never served.
 */
export type EntryFreshness = 'fresh' | 'stale' | 'stale-if-error' | 'expired';

/** How far the invalidation messages have come in this process; see `InvalidationSubscriber`. */
export interface Watermark {
  /** The unbroken sequence of messages; a gap begins another. */
  readonly epoch: number;
  /** Every change committed before this moment (ms) is known here. */
  readonly at: number;
}

/** After an invalidation the old entry is served for so long, while the new value is loaded in the background. */
export const INVALIDATED_GRACE_MS = 300;
/** Eager refresh: from this share of its TTL on, a hot entry is refreshed before it turns stale. */
const EARLY_SHARE = 0.8;
const HOT_HITS_MIN = 50;

/** The last moment at which the entry is known to have been true. */
export function trueAt(entry: CacheEntry, watermark: Watermark): number {
  return entry.epoch === watermark.epoch && watermark.at > entry.asOf ? watermark.at : entry.asOf;
}

/** The age that counts; an entry from a clock that runs ahead has age 0. */
export function ageOf(entry: CacheEntry, watermark: Watermark, now: number): number {
  return Math.max(0, now - trueAt(entry, watermark));
}

/**
 * How an entry may be served, by its age and the invalidations received. The age never exceeds bound plus `ifErrorMs`.
 */
export function evaluate(entry: CacheEntry, policy: CachePolicy, watermark: Watermark, now: number): EntryFreshness {
  return evaluateAge(entry, policy, ageOf(entry, watermark, now), now);
}

/** The same for an age that has been computed already. */
export function evaluateAge(entry: CacheEntry, policy: CachePolicy, age: number, now: number): EntryFreshness {
  if (entry.body === undefined)
    return age <= policy.negativeMs && entry.invalidatedAt === undefined ? 'fresh' : 'expired';
  if (age > policy.boundMs + policy.ifErrorMs) return 'expired';
  if (age > policy.boundMs) return 'stale-if-error';
  if (entry.invalidatedAt !== undefined)
    return now - entry.invalidatedAt <= INVALIDATED_GRACE_MS ? 'stale' : 'stale-if-error';
  return age <= entry.freshMs ? 'fresh' : 'stale';
}

/** Whether a fresh entry should be refreshed already: it is hot and near the end of its TTL. */
export function isDueForEagerRefresh(entry: CacheEntry, age: number): boolean {
  return entry.hits >= HOT_HITS_MIN && age > entry.freshMs * EARLY_SHARE;
}

/** Invalidates an entry that lacks a change: from now on it ages by the clock. */
export function invalidate(entry: CacheEntry, watermark: Watermark, now: number): void {
  if (entry.invalidatedAt !== undefined) return;
  entry.asOf = Math.min(trueAt(entry, watermark), now);
  entry.epoch = EPOCH_NONE;
  entry.invalidatedAt = now;
}
