import { Global, Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { SharedRedis } from '../redis/index.js';
import { AttemptLimiter } from './attempt-limiter.js';
import { RouteLimitStorage } from './route-limit-storage.js';

/** Limits per route and on failed attempts. The coarse limit is a server hook and needs no module. */
@Global()
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [SharedRedis],
      // The limits are metadata of the routes; the guard reads them there.
      useFactory: (redis: SharedRedis) => ({
        throttlers: [{ limit: 1, ttl: 1_000 }],
        storage: new RouteLimitStorage(redis),
      }),
    }),
  ],
  providers: [AttemptLimiter],
  exports: [AttemptLimiter, ThrottlerModule],
})
export class ThrottlingModule {}
