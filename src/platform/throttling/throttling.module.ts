import { Global, Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { AttemptLimiter } from './attempt-limiter.js';
import { RedisConnection } from './redis-connection.js';
import { RouteLimitStorage } from './route-limit-storage.js';

@Module({ providers: [RedisConnection], exports: [RedisConnection] })
class RedisConnectionModule {}

/** Limits per route and on failed attempts. The coarse limit is a server hook and needs no module. */
@Global()
@Module({
  imports: [
    RedisConnectionModule,
    ThrottlerModule.forRootAsync({
      imports: [RedisConnectionModule],
      inject: [RedisConnection],
      // The limits are metadata of the routes; the guard reads them there.
      useFactory: (connection: RedisConnection) => ({
        throttlers: [{ limit: 1, ttl: 1_000 }],
        storage: new RouteLimitStorage(connection),
      }),
    }),
  ],
  providers: [AttemptLimiter],
  exports: [AttemptLimiter, ThrottlerModule, RedisConnectionModule],
})
export class ThrottlingModule {}
