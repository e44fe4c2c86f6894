import { beforeScrape } from '../observability/index.js';
import type { EntryFreshness } from './freshness.js';
import { cacheMetrics } from './cache.metrics.js';

/** Plain numbers of one cache since the last scrape. */
export interface Figures {
  memoryFresh: number;
  memoryStale: number;
  ageMs: number;
  served: number;
}

const RESULT: Readonly<Record<EntryFreshness, 'hit' | 'stale' | 'miss'>> = {
  fresh: 'hit',
  stale: 'stale',
  'stale-if-error': 'stale',
  expired: 'miss',
};

/**
 * Counts what the caches do. Memory hits are counted in plain numbers and handed over when the metrics are scraped:
 * a labelled counter would cost as much as the hit.
 */
export class CacheMeter {
  private readonly figures = new Map<string, Figures>();

  constructor() {
    beforeScrape(() => this.handOver());
  }

  memory(cache: string, freshness: EntryFreshness): void {
    const figures = this.figuresOf(cache);
    if (freshness === 'fresh') figures.memoryFresh++;
    else if (freshness === 'stale') figures.memoryStale++;
    else cacheMetrics.requests.inc({ cache, layer: 'memory', result: RESULT[freshness] });
  }

  redis(cache: string, freshness: EntryFreshness): void {
    cacheMetrics.requests.inc({ cache, layer: 'redis', result: RESULT[freshness] });
  }

  origin(cache: string, found: boolean): void {
    cacheMetrics.requests.inc({ cache, layer: 'origin', result: found ? 'hit' : 'miss' });
  }

  load(cache: string): void {
    cacheMetrics.loads.inc({ cache });
  }

  /** A read joined a load that was in flight. */
  coalesced(cache: string): void {
    cacheMetrics.coalesced.inc({ cache });
  }

  /** This process waited for the holder of the fleet's lock. */
  waited(cache: string, waitMs: number): void {
    cacheMetrics.lockWait.observe({ cache }, waitMs / 1_000);
  }

  /** Plain counters of a cache, for what is too frequent for a call. */
  figuresOf(cache: string): Figures {
    const known = this.figures.get(cache);
    if (known) return known;
    const figures = { memoryFresh: 0, memoryStale: 0, ageMs: 0, served: 0 };
    this.figures.set(cache, figures);
    return figures;
  }

  private handOver(): void {
    for (const [cache, figures] of this.figures) {
      const { memoryFresh, memoryStale, ageMs, served } = figures;
      cacheMetrics.requests.inc({ cache, layer: 'memory', result: 'hit' }, memoryFresh);
      cacheMetrics.requests.inc({ cache, layer: 'memory', result: 'stale' }, memoryStale);
      cacheMetrics.served.inc({ cache }, served);
      cacheMetrics.servedAge.inc({ cache }, ageMs / 1_000);
      Object.assign(figures, { memoryFresh: 0, memoryStale: 0, ageMs: 0, served: 0 } satisfies Figures);
    }
  }
}
