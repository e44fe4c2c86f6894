import type { Cluster, Redis } from 'ioredis';
import { connectRedis } from './connect-redis.js';

const OPTIONS = { name: 'test', connectTimeoutMs: 1_000, reconnectPauseMaxMs: 1_000, isLazy: true };

describe('connecting to Redis', () => {
  it('signs in and speaks TLS to a server as its address says', () => {
    const client = connectRedis(['rediss://app:p%40ss@redis.example:6380/2'], OPTIONS) as Redis;
    expect(client.options).toMatchObject({
      host: 'redis.example',
      port: 6380,
      username: 'app',
      password: 'p@ss',
      db: 2,
    });
    expect(client.options.tls).toBeDefined();
    client.disconnect();
  });

  it('takes several addresses for a cluster, with the sign-in and TLS of the first', () => {
    const client = connectRedis(['rediss://app:p%40ss@one.example:7001', 'rediss://two.example'], OPTIONS) as Cluster;
    expect(client.isCluster).toBe(true);
    expect(client.options.redisOptions).toMatchObject({ username: 'app', password: 'p@ss', tls: {} });
    client.disconnect();
  });

  it('speaks no TLS to a plain address', () => {
    const client = connectRedis(['redis://redis.example'], OPTIONS) as Redis;
    expect(client.options.tls).toBeUndefined();
    client.disconnect();
  });

  it('sends no command again and keeps none while the server is gone, unless asked to', () => {
    const [plain, waiting] = [
      connectRedis(['redis://redis.example'], OPTIONS) as Redis,
      connectRedis(['redis://redis.example'], { ...OPTIONS, queuesOffline: true, retriesPerCommandMax: null }) as Redis,
    ];
    expect(plain.options).toMatchObject({ maxRetriesPerRequest: 0, enableOfflineQueue: false });
    expect(waiting.options).toMatchObject({ maxRetriesPerRequest: null, enableOfflineQueue: true });
    for (const client of [plain, waiting]) client.disconnect();
  });
});
