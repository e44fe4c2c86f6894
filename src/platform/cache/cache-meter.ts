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

  memory(cache: string, verdict: EntryFreshness): void {
    const figures = this.figuresOf(cache);
    if (verdict === 'fresh') figures.memoryFresh++;
    else if (verdict === 'stale') figures.memoryStale++;
    else cacheMetrics.requests.inc({ cache, layer: 'memory', result: RESULT[verdict] });
  }

  redis(cache: string, verdict: EntryFreshness): void {
    cacheMetrics.requests.inc({ cache, layer: 'redis', result: RESULT[verdict] });
  }

  origin(cache: string, found: boolean): void {
    cacheMetrics.requests.inc({ cache, layer: 'origin', result: found ? 'hit' : 'miss' });
  }

  load(cache: string): void {
    cacheMetrics.loads.inc({ cache });
  }

  /** A caller joined a flight that was in the air already. */
  coalesced(cache: string): void {
    cacheMetrics.coalesced.inc({ cache });
  }

  /** This process waited for what another one loads. */
  waited(cache: string, waitMs: number): void {
    cacheMetrics.lockWait.observe({ cache }, waitMs / 1_000);
  }

  /** Where a cache counts what is too frequent for a call. */
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
