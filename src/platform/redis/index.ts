/**
 * Redis: one way to connect to a server or a cluster, with TLS, bounded waits and, where callers can do without, a
 * breaker.
 */
export { connectRedis, type RedisClient, type RedisConnectOptions } from './connect-redis.js';
export { RedisModule } from './redis.module.js';
export { SharedRedis } from './shared-redis.js';
export { closeRedis } from './close-redis.js';
export { GuardedRedis, type GuardedRedisOptions } from './guarded-redis.js';
