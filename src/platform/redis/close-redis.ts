import { resultOrLate } from '../background/index.js';
import type { RedisClient } from './connect-redis.js';

const QUIT_TIMEOUT_MS = 1_000;

/** Lets a connection end what it has sent, within 1 s, and closes it. */
export async function closeRedis(client: RedisClient): Promise<void> {
  if (client.status === 'ready') await resultOrLate(client.quit(), QUIT_TIMEOUT_MS, undefined).catch(() => undefined);
  client.disconnect();
}
