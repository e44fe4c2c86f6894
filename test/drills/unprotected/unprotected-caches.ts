import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Caches, type CacheDefinition, type LayeredCache } from '../../../src/platform/cache/index.js';
import { InjectConfig, type Config } from '../../../src/platform/config/index.js';
import { HealthChecks, metrics } from '../../../src/platform/observability/index.js';
import { NaiveReads } from './naive-reads.js';

const COMMAND_TIMEOUT_MS = 5_000;

/** The product's caches, each of which reads as one would write it first. */
@Injectable()
export class UnprotectedCaches extends Caches {
  private readonly redis: Redis;

  constructor(@InjectConfig() config: Config, health: HealthChecks) {
    super(config, health);
    this.redis = new Redis(config.redis.cacheUrls[0] ?? '', { commandTimeout: COMMAND_TIMEOUT_MS });
    metrics.protectionEnabled.set({ name: 'cache' }, 0);
  }

  override define<T>(definition: CacheDefinition<T>): LayeredCache<T> {
    const cache = super.define(definition);
    const naive = new NaiveReads<T>(this.redis, definition);
    return Object.assign(cache, {
      peek: (id: string) => naive.peek(id),
      read: (...[key, load]: Parameters<LayeredCache<T>['read']>) => naive.read(cache.idOf(key), load),
    });
  }

  override onApplicationShutdown(): void {
    super.onApplicationShutdown();
    this.redis.disconnect();
  }
}
