import { Global, Module } from '@nestjs/common';
import { SharedRedis } from './shared-redis.js';

/** Provides {@link SharedRedis} everywhere; cache and queues connect for themselves. */
@Global()
@Module({ providers: [SharedRedis], exports: [SharedRedis] })
export class RedisModule {}
