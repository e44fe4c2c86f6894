import { beforeScrape, metrics } from '../observability/index.js';
import type { Verdict } from './freshness.js';

interface Figures {
  memoryFresh: number;
  memoryStale: number;
  ageMs: number;
  served: number;
}

const RESULT: Readonly<Record<Verdict, 'hit' | 'stale' | 'miss'>> = { fresh: 'hit', stale: 'stale', fallback: 'stale', dead: 'miss' };

/**
 * Counts what the caches do. Memory hits are counted in plain numbers and handed over when the metrics are scraped:
 * a labelled counter would cost as much as the hit.
 */
export class CacheMeter {
  private readonly figures = new Map<string, Figures>();

  constructor() {
    beforeScrape(() => this.handOver());
  }

  /** An answer from memory that nobody had to look further for. */
  hit(cache: string, verdict: 'fresh' | 'stale'): void {
    const figures = this.of(cache);
    if (verdict === 'fresh') figures.memoryFresh++;
    else figures.memoryStale++;
  }

  memory(cache: string, verdict: Verdict): void {
    if (verdict === 'fresh' || verdict === 'stale') this.hit(cache, verdict);
    else metrics.cacheRequests.inc({ cache, layer: 'memory', result: RESULT[verdict] });
  }

  redis(cache: string, verdict: Verdict): void {
    metrics.cacheRequests.inc({ cache, layer: 'redis', result: RESULT[verdict] });
  }

  origin(cache: string, found: boolean): void {
    metrics.cacheRequests.inc({ cache, layer: 'origin', result: found ? 'hit' : 'miss' });
  }

  load(cache: string): void {
    metrics.cacheLoads.inc({ cache });
  }

  /** A caller joined a flight that was in the air already. */
  coalesced(cache: string): void {
    metrics.cacheCoalesced.inc({ cache });
  }

  /** This process waited for what another one loads. */
  waited(cache: string, waitMs: number): void {
    metrics.cacheLockWait.observe({ cache }, waitMs / 1_000);
  }

  age(cache: string, ageMs: number): void {
    const figures = this.of(cache);
    figures.ageMs += ageMs;
    figures.served++;
  }

  private of(cache: string): Figures {
    const known = this.figures.get(cache);
    if (known) return known;
    const figures = { memoryFresh: 0, memoryStale: 0, ageMs: 0, served: 0 };
    this.figures.set(cache, figures);
    return figures;
  }

  private handOver(): void {
    for (const [cache, { memoryFresh, memoryStale, ageMs, served }] of this.figures) {
      metrics.cacheRequests.inc({ cache, layer: 'memory', result: 'hit' }, memoryFresh);
      metrics.cacheRequests.inc({ cache, layer: 'memory', result: 'stale' }, memoryStale);
      metrics.cacheServed.inc({ cache }, served);
      metrics.cacheServedAge.inc({ cache }, ageMs / 1_000);
    }
    this.figures.clear();
  }
}
