import { Redis } from 'ioredis';

const TIMEOUT_MS = 5_000;

/** Empties a Redis of ours, as a restart without its memory would. */
export async function flushRedis(redisUrl: string): Promise<void> {
  await ask(redisUrl, (redis) => redis.flushall());
}

/** How many keys a Redis holds. */
export function keysIn(redisUrl: string): Promise<number> {
  return ask(redisUrl, (redis) => redis.dbsize());
}

/** A figure of `INFO`, for example `evicted_keys`. */
export async function redisFigure(redisUrl: string, name: string): Promise<number> {
  const info = await ask(redisUrl, (redis) => redis.info());
  return Number(new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim());
}

/** @throws Error when it refuses or is silent */
async function ask<T>(redisUrl: string, command: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(redisUrl, {
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
  });
  // What fails shows in the command.
  redis.on('error', () => undefined);
  try {
    return await command(redis);
  } finally {
    redis.disconnect();
  }
}
