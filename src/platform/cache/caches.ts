import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createCache, type Cache as StoreManager } from 'cache-manager';
import { Keyv } from 'keyv';
import { InjectConfig, type Config } from '../config/index.js';
import { HealthChecks, beforeScrape } from '../observability/index.js';
import type { InvalidationMessage, Change } from './invalidation-message.js';
import { Backplane } from './backplane.js';
import { CacheConnection, connectSubscriber } from './cache-connection.js';
import { CacheMeter } from './cache-meter.js';
import { InvalidationSubscriber } from './invalidation-subscriber.js';
import { InvalidationPublisher } from './invalidation-publisher.js';
import { Flights } from './flight.js';
import { HotAnswers } from './hot-answers.js';
import type { CacheDefinition, CacheParts } from './cache-types.js';
import { LayeredCache } from './layered-cache.js';
import { MemoryLayer } from './memory-layer.js';
import { NaiveCache } from './naive-cache.js';
import { OriginBulkhead } from './origin-bulkhead.js';
import { RedisLayer } from './redis-layer.js';
import { cacheMetrics } from './cache.metrics.js';

const HOT_KEYS_SHOWN = 10;
/** Entries asked for more rarely are not hot. */
const HOT_HITS_MIN = 100;

/** The caches of this process and what they share: layers, announcements of changes, the gate before the origin. */
@Injectable()
export class Caches implements OnApplicationShutdown {
  readonly hotAnswers = new HotAnswers();
  readonly leader: InvalidationPublisher;
  private readonly parts: CacheParts;
  private readonly bus: Backplane;
  private readonly stores: StoreManager;
  private readonly defined: LayeredCache<unknown>[] = [];
  private readonly defended: boolean;
  private readonly publishNowListeners: (() => void)[] = [];

  constructor(@InjectConfig() config: Config, health: HealthChecks) {
    const connection = new CacheConnection(config.redis.cacheUrls);
    const memory = new MemoryLayer(config.cache.memoryBytesMax);
    const redis = new RedisLayer(connection);
    this.parts = {
      memory,
      redis,
      follower: new InvalidationSubscriber(),
      flights: new Flights(),
      gate: new OriginBulkhead(),
      meter: new CacheMeter(),
      now: Date.now,
      chance: Math.random,
    };
    this.bus = new Backplane(connection, connectSubscriber(config.redis.cacheUrls), (announcement) =>
      this.takeIn(announcement),
    );
    this.leader = new InvalidationPublisher(redis, this.bus);
    this.defended = config.cache.defence === 'on';
    // The layers are cache-manager's stores; what is served from them is decided by our own law (ADR 021).
    this.stores = createCache({
      stores: [new Keyv({ store: memory, emitErrors: false }), new Keyv({ store: redis, emitErrors: false })],
    });
    health.register('redis-cache', async () => void (await connection.client.ping()), { critical: false });
    beforeScrape(() => this.report());
  }

  /** Makes a cache of the layers. Its name goes into the metrics; two of one name would share their entries. */
  define<T>(definition: CacheDefinition<T>): LayeredCache<T> {
    const cache = this.defended
      ? new LayeredCache<T>(this.parts, definition)
      : new NaiveCache<T>(this.parts, definition);
    this.defined.push(cache as LayeredCache<unknown>);
    return cache;
  }

  /** Tells every process at once what a transaction has changed, after its commit. Best effort: the leader tells it again. */
  async announce(changes: readonly Change[]): Promise<void> {
    await this.bus.publishNow(changes);
  }

  /** Empties all layers; other processes' memories follow within their entries' bounds. */
  async clear(): Promise<void> {
    await this.stores.clear();
  }

  onApplicationShutdown(): void {
    this.bus.close();
    this.parts.redis.close();
  }

  /** Calls back when somebody tells changes out of turn: whoever looks at them should not wait for the next beat. */
  onPublishNow(listener: () => void): void {
    this.publishNowListeners.push(listener);
  }

  private takeIn(announcement: InvalidationMessage): void {
    if (announcement.number === 0) for (const listener of this.publishNowListeners) listener();
    this.parts.follower.receive(announcement, this.parts.now(), (tag, version) => this.invalidate(tag, version));
  }

  private invalidate(tag: string, version: number): void {
    const pages = [...this.parts.memory.keysOf(tag)];
    for (const cache of this.defined) {
      if (cache.policy.follows === 'in-place') cache.invalidate(cache.idOf(tag), version);
      if (cache.policy.follows === 'by-tag')
        for (const id of pages) if (id.startsWith(`${cache.policy.name}:`)) cache.invalidate(id, version);
    }
  }

  private report(): void {
    const { memory, follower, now } = this.parts;
    cacheMetrics.memoryBytes.set(memory.bytesUsed);
    cacheMetrics.memoryEntries.set(memory.size);
    if (follower.at > 0) cacheMetrics.invalidationLagSeconds.set(Math.max(0, now() - follower.at) / 1_000);
    cacheMetrics.hotKeyHits.reset();
    for (const { key, entry } of memory.hottest(HOT_KEYS_SHOWN)) {
      if (entry.hits < HOT_HITS_MIN) continue;
      const cache = key.slice(0, key.indexOf(':'));
      cacheMetrics.hotKeyHits.set(
        {
          cache,
          key: key.slice(cache.length + 1),
          protection: this.defended ? 'single-flight, stale-while-revalidate, early refresh' : 'none',
        },
        entry.hits,
      );
    }
  }
}
