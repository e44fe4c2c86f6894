import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { InjectConfig, type Config } from '../config/index.js';
import { HealthChecks, logger } from '../observability/index.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** A limit that is slower than this is asked locally instead. */
const COMMAND_TIMEOUT_MS = 250;
const RECONNECT_MAX_MS = 1_000;

/** The limits' connection to Redis: it fails fast, keeps no queue, and comes back by itself. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  readonly client: Redis | Cluster;

  constructor(@InjectConfig() config: Config, health: HealthChecks) {
    this.client = connect(config.redis.urls);
    this.client.on('error', (error: Error) => logger.debug({ error }, 'The connection of the limits to Redis failed.'));
    health.register('redis', async () => void (await this.client.ping()), { critical: false });
  }

  onApplicationShutdown(): void {
    this.client.disconnect();
  }
}

function connect(urls: readonly string[]): Redis | Cluster {
  const options: RedisOptions = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(50 * 2 ** times, RECONNECT_MAX_MS),
  };
  const [only] = urls;
  if (urls.length === 1 && only) return new Redis(only, options);
  return connectCluster(
    urls.map((url) => new URL(url)),
    options,
  );
}

/** The nodes of a cluster share one sign-in, which the first address names. */
function connectCluster(nodes: readonly URL[], options: RedisOptions): Cluster {
  const [first] = nodes;
  const signIn = {
    username: decodeURIComponent(first?.username ?? '') || undefined,
    password: decodeURIComponent(first?.password ?? '') || undefined,
  };
  const { retryStrategy, ...redisOptions } = options;
  return new Cluster(
    nodes.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    {
      redisOptions: { ...redisOptions, ...signIn, tls: first?.protocol === 'rediss:' ? {} : undefined },
      enableOfflineQueue: false,
      clusterRetryStrategy: retryStrategy as (times: number) => number,
    },
  );
}
