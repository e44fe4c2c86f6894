import { REPLICA_LAG_MAX_MS, PUBLISHER_ALIVE_MS } from './cache-bounds.js';
import { newer, toEntry, type CacheEntry, type StoredEntry } from './cache-entry.js';
import { jitteredFreshMs, jitteredStoredMs, type Recency } from './cache-policy.js';
import type { CacheDefinition, CacheParts, Loaded, NothingFound } from './cache-types.js';
import { ageOf, evaluate, isDueForEagerRefresh, type EntryFreshness } from './freshness.js';
import type { SharedRead } from './redis-store.js';

/**
 * Puts the entries of one cache into the layers and takes them out: a load becomes an entry here, the newer of two
 * entries is kept, and an entry that no invalidation concerns is tied to the invalidation messages (ADR 022).
 */
export class EntryStore<T> {
  constructor(
    private readonly parts: CacheParts,
    private readonly definition: CacheDefinition<T>,
  ) {}

  /** The key among those of all caches. */
  idOf(key: string): string {
    return `${this.definition.policy.name}:${key}`;
  }

  /** What a load of the key has to see. */
  recencyFor(key: string, asOf: number): Recency {
    const { subscriber } = this.parts;
    if (subscriber.changedAfter(this.definition.watches(key), asOf - REPLICA_LAG_MAX_MS)) return 'latest';
    const isPublisherAlive = asOf - subscriber.at < PUBLISHER_ALIVE_MS;
    return this.definition.policy.invalidation === 'in-place' && isPublisherAlive ? 'any' : 'close';
  }

  /** Makes of a load what the layers keep. @param asOf when the origin was asked (ms) */
  toStored(loaded: Loaded<T> | NothingFound, asOf: number, key: string): StoredEntry {
    const { version } = loaded;
    const { subscriber } = this.parts;
    const tags = loaded.tags.length > 0 ? loaded.tags : this.definition.watches(key);
    const ttlOnly = !subscriber.covers(version) || subscriber.lastChange(tags, version) !== undefined;
    if (loaded.value === undefined) return { body: undefined, etag: '', version, asOf, tags, ttlOnly };
    const bytes = JSON.stringify(loaded.value);
    const etag = this.definition.etagOf(loaded.value, bytes);
    return { body: Buffer.from(bytes), etag, version, asOf, tags, ttlOnly };
  }

  /**
   * Keeps an entry in memory, unless the one there is newer and can still be served.
   * @param isCurrent whether it is known to lack no change, since it was read from the shared layer
   * @returns the entry that is kept
   */
  store(id: string, stored: StoredEntry, isCurrent: boolean): CacheEntry {
    const { memory, subscriber, chance } = this.parts;
    const { policy } = this.definition;
    const entry = toEntry(stored, jitteredFreshMs(policy, chance()));
    const changedAt = subscriber.lastChange(stored.tags, stored.version);
    const isCovered = isCurrent || subscriber.covers(stored.version);
    if (changedAt === undefined && policy.invalidation !== 'ttl-only' && isCovered) entry.epoch = subscriber.epoch;
    if (changedAt !== undefined && stored.asOf < changedAt) entry.invalidatedAt = changedAt;
    const held = memory.get(id);
    if (held && newer(held, entry) === held && this.evaluate(held) !== 'expired') return held;
    if (held) entry.hits = held.hits;
    memory.set(id, entry, policy.invalidation === 'by-tag');
    return entry;
  }

  /** Writes an entry into the shared layer. @param token of the fleet's lock, which is released with it */
  async share(id: string, stored: StoredEntry, token: string | undefined): Promise<void> {
    const { redis } = this.parts;
    if (token) await redis.setAndRelease(id, stored, this.storedMs(stored), token);
    else await redis.set(id, stored, this.storedMs(stored));
  }

  /** Writes many loads into the shared layer; see `LayeredCache.prime`. */
  async prime(
    loads: readonly ((Loaded<T> | NothingFound) & { readonly keys: readonly string[] })[],
    asOf: number,
  ): Promise<boolean> {
    const writes = loads.flatMap(({ keys, ...loaded }) => {
      const [first = '', ...others] = keys.map((key) => this.idOf(key));
      const entry = this.toStored(loaded, asOf, keys[0] ?? '');
      const ttlMs = this.storedMs(entry);
      const pointer = entry.body === undefined ? entry : { version: entry.version, asOf, target: first };
      return [{ key: first, entry, ttlMs }, ...others.map((key) => ({ key, entry: pointer, ttlMs }))];
    });
    return this.parts.redis.setMany(writes);
  }

  /** Reads the shared layer and adopts what is there. */
  async readShared(id: string): Promise<CacheEntry | undefined> {
    const { epoch } = this.parts.subscriber;
    return this.adopt(id, await this.parts.redis.get(id), epoch);
  }

  /** Takes an entry of the shared layer into memory. @param epoch of the invalidation messages when the read began */
  adopt(id: string, found: SharedRead, epoch: number): CacheEntry | undefined {
    const { subscriber, meter } = this.parts;
    const { policy } = this.definition;
    if (typeof found === 'string') {
      if (found === 'miss') meter.redis(policy.name, 'expired');
      return undefined;
    }
    const isCurrent = policy.invalidation === 'in-place' && !found.ttlOnly && epoch === subscriber.epoch;
    const entry = this.store(id, found, isCurrent);
    meter.redis(policy.name, this.evaluate(entry));
    return entry;
  }

  /** How the entry may be served now. */
  evaluate(entry: CacheEntry): EntryFreshness {
    return evaluate(entry, this.definition.policy, this.parts.subscriber, this.parts.now());
  }

  /** The age that counts now (ms). */
  ageOf(entry: CacheEntry): number {
    return ageOf(entry, this.parts.subscriber, this.parts.now());
  }

  /** Whether the entry is fresh and no refresh of it is due. */
  needsNoLoad(entry: CacheEntry): boolean {
    return this.evaluate(entry) === 'fresh' && !isDueForEagerRefresh(entry, this.ageOf(entry));
  }

  private storedMs(stored: StoredEntry): number {
    const { policy } = this.definition;
    return stored.body === undefined ? policy.negativeMs : jitteredStoredMs(policy, this.parts.chance());
  }
}
