import type { CachePolicy, Served } from '../cache/index.js';
import { cacheControlOf, cacheStatusOf } from './cache-headers.js';

const POLICY: CachePolicy = {
  name: 'home',
  module: 'tests',
  freshMs: 1_000,
  boundMs: 2_000,
  ifErrorMs: 60_000,
  negativeMs: 1_000,
  storedMs: 1,
  invalidation: 'ttl-only',
};

function served(layer: Served['layer'], freshness: Served['freshness'], ageMs: number): Served {
  return {
    entry: { body: Buffer.from('x'), etag: '"x"', freshMs: 900 } as unknown as Served['entry'],
    freshness,
    layer,
    ageMs,
    policy: POLICY,
  };
}

describe('the headers of a cached answer', () => {
  it.each([
    [0, 'public, max-age=1, stale-while-revalidate=1, stale-if-error=60'],
    [1, 'public, max-age=1, stale-while-revalidate=0, stale-if-error=60'],
    [1_000, 'public, max-age=1, stale-while-revalidate=0, stale-if-error=60'],
    [1_001, 'public, max-age=0, stale-while-revalidate=0, stale-if-error=60'],
    [12_000, 'public, max-age=0, stale-while-revalidate=0, stale-if-error=50'],
    [90_000, 'public, max-age=0, stale-while-revalidate=0, stale-if-error=0'],
  ])('grant what is left of the bound at an age of %i ms', (ageMs, line) => {
    expect(cacheControlOf(POLICY, ageMs)).toBe(line);
  });

  it.each([
    [served('memory', 'fresh', 10), 'memory; hit'],
    [served('redis', 'fresh', 10), 'redis; hit, memory; fwd=miss; stored'],
    [served('origin', 'fresh', 0), 'origin; hit, redis; fwd=miss; stored, memory; fwd=miss; stored'],
    [served('memory', 'stale', 1_500), 'memory; hit; ttl=-1; detail=stale-while-revalidate'],
    [served('memory', 'stale-if-error', 5_000), 'memory; hit; ttl=-5; detail=stale-if-error'],
    [served('redis', 'stale-if-error', 5_000), 'redis; hit; ttl=-5; detail=stale-if-error, memory; fwd=miss; stored'],
  ])('name the layers that were passed', (answer, line) => {
    expect(cacheStatusOf(answer)).toBe(line);
  });
});
