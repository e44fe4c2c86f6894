import { FOLLOWS_NONE, type CacheEntry } from './cache-entry.js';
import type { CachePolicy } from './cache-policy.js';

/**
 * `fresh`: serve it. `stale`: serve it and fetch anew. `fallback`: only when the origin fails or is slow. `dead`: never.
 */
export type EntryFreshness = 'fresh' | 'stale' | 'stale-if-error' | 'expired';

/** How far the announcements of changes have come in this process. */
export interface Watermark {
  /** The unbroken run of announcements; a gap begins another. */
  readonly epoch: number;
  /** Every change before this moment (ms) is known here. */
  readonly at: number;
}

/** A known change may still be hidden for so long, while the new value is fetched in the background. */
export const INVALIDATED_GRACE_MS = 300;
/** From this share of its fresh life on, a hot entry is fetched anew before it turns stale. */
const EARLY_SHARE = 0.8;
const HOT_HITS_MIN = 50;

/** The last moment at which the entry is known to have been true. */
export function trueAt(entry: CacheEntry, watermark: Watermark): number {
  return entry.epoch === watermark.epoch && watermark.at > entry.asOf ? watermark.at : entry.asOf;
}

/** The age that counts; an entry from a clock that goes ahead is as old as now. */
export function ageOf(entry: CacheEntry, watermark: Watermark, now: number): number {
  return Math.max(0, now - trueAt(entry, watermark));
}

/** Judges an entry by its age and by what is known to have changed. Total age never exceeds bound plus `ifErrorMs`. */
export function evaluate(entry: CacheEntry, policy: CachePolicy, watermark: Watermark, now: number): EntryFreshness {
  return evaluateAge(entry, policy, ageOf(entry, watermark, now), now);
}

/** The same for an age that is known already. */
export function evaluateAge(entry: CacheEntry, policy: CachePolicy, age: number, now: number): EntryFreshness {
  if (entry.body === undefined)
    return age <= policy.negativeMs && entry.invalidatedAt === undefined ? 'fresh' : 'expired';
  if (age > policy.boundMs + policy.ifErrorMs) return 'expired';
  if (age > policy.boundMs) return 'stale-if-error';
  if (entry.invalidatedAt !== undefined)
    return now - entry.invalidatedAt <= INVALIDATED_GRACE_MS ? 'stale' : 'stale-if-error';
  return age <= entry.freshMs ? 'fresh' : 'stale';
}

/** Whether a fresh entry should be fetched anew already: it is in demand and near its end. */
export function isDueForEagerRefresh(entry: CacheEntry, age: number): boolean {
  return entry.hits >= HOT_HITS_MIN && age > entry.freshMs * EARLY_SHARE;
}

/** A change became known that the entry lacks: from now on nothing but time counts for it. */
export function invalidate(entry: CacheEntry, watermark: Watermark, now: number): void {
  if (entry.invalidatedAt !== undefined) return;
  entry.asOf = Math.min(trueAt(entry, watermark), now);
  entry.epoch = FOLLOWS_NONE;
  entry.invalidatedAt = now;
}
