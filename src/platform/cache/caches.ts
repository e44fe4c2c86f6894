import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectConfig, type Config } from '../config/index.js';
import { HealthChecks, beforeScrape, metrics } from '../observability/index.js';
import type { InvalidationMessage, Change } from './invalidation-message.js';
import { Backplane } from './backplane.js';
import { connectCache, connectSubscriber } from './cache-connection.js';
import { CacheMeter } from './cache-meter.js';
import { InvalidationSubscriber } from './invalidation-subscriber.js';
import { InvalidationPublisher } from './invalidation-publisher.js';
import { LoadsInFlight } from './loads-in-flight.js';
import type { CacheDefinition, CacheParts } from './cache-types.js';
import { LayeredCache } from './layered-cache.js';
import { MemoryLayer } from './memory-layer.js';
import { OriginBulkhead } from './origin-bulkhead.js';
import { RedisLayer } from './redis-layer.js';
import { cacheMetrics } from './cache.metrics.js';

const HOT_KEYS_SHOWN = 10;
/** Entries with fewer hits are not hot. */
const HOT_HITS_MIN = 100;

/** The caches of this process and what they share: the layers, the backplane, the origin bulkhead. */
@Injectable()
export class Caches implements OnApplicationShutdown {
  readonly publisher: InvalidationPublisher;
  private readonly parts: CacheParts;
  private readonly backplane: Backplane;
  private readonly defined = new Map<string, LayeredCache<unknown>>();
  private readonly publishNowListeners: (() => void)[] = [];

  constructor(@InjectConfig() config: Config, health: HealthChecks) {
    const connection = connectCache(config.redis.cacheUrls);
    const memory = new MemoryLayer(config.cache.memoryBytesMax);
    const redis = new RedisLayer(connection);
    this.parts = {
      memory,
      redis,
      subscriber: new InvalidationSubscriber(),
      loads: new LoadsInFlight(),
      originBulkhead: new OriginBulkhead(),
      meter: new CacheMeter(),
      now: Date.now,
      chance: Math.random,
    };
    this.backplane = new Backplane(connection, connectSubscriber(config.redis.cacheUrls), (message) =>
      this.receive(message),
    );
    this.publisher = new InvalidationPublisher(redis, this.backplane);
    metrics.protectionEnabled.set({ name: 'cache' }, 1);
    health.register('redis-cache', async () => void (await connection.client.ping()), { critical: false });
    beforeScrape(() => this.report());
  }

  /** Makes a cache of the layers. @throws Error for a name that another cache has: they would share their entries */
  define<T>(definition: CacheDefinition<T>): LayeredCache<T> {
    const { name } = definition.policy;
    if (this.defined.has(name)) throw new Error(`There are two caches with the name "${name}".`);
    const cache = new LayeredCache<T>(this.parts, definition);
    this.defined.set(name, cache as LayeredCache<unknown>);
    return cache;
  }

  /** The cache with this name. */
  named(name: string): LayeredCache<unknown> | undefined {
    return this.defined.get(name);
  }

  /** The names of all caches. */
  names(): string[] {
    return [...this.defined.keys()];
  }

  /**
   * Publishes at once what a transaction has changed, after its commit. Best effort: the publisher's next run repeats
   * it.
   */
  async publish(changes: readonly Change[]): Promise<void> {
    await this.backplane.publishNow(changes);
  }

  /** Empties all layers; the memory of other processes expires within its entries' bounds. */
  async clear(): Promise<void> {
    this.parts.memory.clear();
    await this.parts.redis.clear();
  }

  onApplicationShutdown(): void {
    this.backplane.close();
    this.parts.redis.close();
  }

  /** Calls back when a writer has published changes early: the publisher then runs sooner. */
  onPublishNow(listener: () => void): void {
    this.publishNowListeners.push(listener);
  }

  private receive(message: InvalidationMessage): void {
    if (message.number === 0) for (const listener of this.publishNowListeners) listener();
    this.parts.subscriber.receive(message, this.parts.now(), (tag, version) => this.invalidate(tag, version));
  }

  private invalidate(tag: string, version: number): void {
    const pages = [...this.parts.memory.keysOf(tag)];
    for (const cache of this.defined.values()) {
      if (cache.policy.invalidation === 'in-place') cache.invalidate(cache.idOf(tag), version);
      if (cache.policy.invalidation === 'by-tag')
        for (const id of pages) if (id.startsWith(`${cache.policy.name}:`)) cache.invalidate(id, version);
    }
  }

  private report(): void {
    const { memory, subscriber, now } = this.parts;
    cacheMetrics.memoryBytes.set(memory.bytesUsed);
    cacheMetrics.memoryEntries.set(memory.size);
    if (subscriber.at > 0) cacheMetrics.invalidationLagSeconds.set(Math.max(0, now() - subscriber.at) / 1_000);
    cacheMetrics.hotKeyHits.reset();
    for (const { key, entry } of memory.hottest(HOT_KEYS_SHOWN)) {
      if (entry.hits < HOT_HITS_MIN) continue;
      const cache = key.slice(0, key.indexOf(':'));
      cacheMetrics.hotKeyHits.set(
        {
          cache,
          key: key.slice(cache.length + 1),
          protection: 'single-flight, stale-while-revalidate, early refresh',
        },
        entry.hits,
      );
    }
  }
}
