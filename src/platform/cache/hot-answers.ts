import type { Served } from './cache-types.js';
import type { LayeredCache } from './layered-cache.js';

/** Addresses of pages that deep link and page through the catalog are many; the hot ones are few. */
const ADDRESSES_MAX = 50_000;

type AnyCache = Pick<LayeredCache<unknown>, 'peek' | 'idOf'>;

interface Place {
  readonly cache: AnyCache;
  readonly id: string;
}

/**
 * Which entry answers an address, for addresses that have passed validation before: so that a server hook can answer
 * from memory without the framework (ADR 002). Knowing nothing is always right.
 */
export class HotAnswers {
  private readonly places = new Map<string, Place>();

  /** @param address path and query, exactly as they were asked for */
  remember(address: string, cache: AnyCache, key: string): void {
    if (this.places.has(address)) return;
    if (this.places.size >= ADDRESSES_MAX) this.places.clear();
    this.places.set(address, { cache, id: cache.idOf(key) });
  }

  /** @returns undefined when the request has to take the long way */
  find(address: string): Served | undefined {
    const place = this.places.get(address);
    return place?.cache.peek(place.id);
  }
}
