import type { ThrottlerStorage } from '@nestjs/throttler';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { SharedRedis } from '../redis/index.js';

/** Routes have a handful of limits; more is a leak. */
const LIMITS_MAX = 100;

type Hits = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts in Redis, atomically and for the whole fleet; without Redis in this process, so that there is always a limit.
 * The framework's own storage keeps a list of hits per key, which is slow.
 */
export class RouteLimitStorage implements ThrottlerStorage {
  private readonly limiters = new Map<string, RateLimiterRedis>();

  constructor(private readonly redis: SharedRedis) {}

  async increment(key: string, ttlMs: number, limit: number): Promise<Hits> {
    const consumed = await this.consume(key, ttlMs, limit);
    const seconds = Math.ceil(consumed.msBeforeNext / 1_000);
    return {
      totalHits: consumed.consumedPoints,
      timeToExpire: seconds,
      isBlocked: consumed.consumedPoints > limit,
      timeToBlockExpire: seconds,
    };
  }

  private async consume(key: string, ttlMs: number, limit: number): Promise<RateLimiterRes> {
    try {
      return await this.limiter(ttlMs, limit).consume(key);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return refusal;
      throw refusal;
    }
  }

  private limiter(ttlMs: number, limit: number): RateLimiterRedis {
    const id = `${limit}/${ttlMs}`;
    const existing = this.limiters.get(id);
    if (existing) return existing;
    if (this.limiters.size >= LIMITS_MAX) throw new Error('Limits must be constants of their routes.');
    const bounds = { points: limit, duration: ttlMs / 1_000, keyPrefix: 'bulwark:limit' };
    const limiter = new RateLimiterRedis({
      ...bounds,
      storeClient: this.redis.client,
      insuranceLimiter: new RateLimiterMemory(bounds),
      rejectIfRedisNotReady: true,
    });
    this.limiters.set(id, limiter);
    return limiter;
  }
}
