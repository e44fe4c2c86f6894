import type { CachePolicy, Served } from '../cache/index.js';

export const JSON_TYPE = 'application/json; charset=utf-8';

const seconds = (ms: number): number => Math.max(0, Math.floor(ms / 1_000));

/** Made once for each second of age: the same few values are sent with every answer. */
const made = new WeakMap<CachePolicy, Map<number, string>>();

/**
 * `Cache-Control` for an answer of this age. What our layers have used up of the bound is not granted again to the
 * caches in front of us: staleness would add up.
 */
export function cacheControlOf(policy: CachePolicy, ageMs: number): string {
  let values = made.get(policy);
  if (values === undefined) made.set(policy, (values = new Map()));
  const secondsUsed = Math.ceil(ageMs / 1_000);
  let value = values.get(secondsUsed);
  if (value === undefined) values.set(secondsUsed, (value = valueOf(policy, secondsUsed)));
  return value;
}

function valueOf(policy: CachePolicy, secondsUsed: number): string {
  const left = Math.max(0, seconds(policy.boundMs) - secondsUsed);
  const maxAge = Math.min(seconds(policy.freshMs), left);
  const revalidate = Math.min(seconds(policy.boundMs - policy.freshMs), left - maxAge);
  const ifError = Math.max(
    0,
    Math.min(seconds(policy.ifErrorMs), seconds(policy.boundMs + policy.ifErrorMs) - secondsUsed),
  );
  return `public, max-age=${maxAge}, stale-while-revalidate=${revalidate}, stale-if-error=${ifError}`;
}

/** The layers that the answer passed, nearest to the origin first (RFC 9211). */
const PASSED: Readonly<Record<Served['layer'], (own: string) => string>> = {
  memory: (own) => `memory; ${own}`,
  redis: (own) => `redis; ${own}, memory; fwd=miss; stored`,
  origin: (own) => `origin; ${own}, redis; fwd=miss; stored, memory; fwd=miss; stored`,
};

/** `Cache-Status` (RFC 9211): the layers that the answer passed, and how each of them did. */
export function cacheStatusOf({ layer, freshness, ageMs, entry, policy }: Served): string {
  if (freshness === 'fresh') return PASSED[layer]('hit');
  const ttl = Math.floor((entry.freshMs - ageMs) / 1_000);
  if (freshness === 'stale' && ageMs <= policy.boundMs)
    return PASSED[layer](`hit; ttl=${Math.min(0, ttl)}; detail=stale-while-revalidate`);
  return PASSED[layer](`hit; ttl=${Math.min(0, ttl)}; detail=stale-if-error`);
}
