import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectConfig, type Config } from '../config/index.js';
import { HealthChecks } from '../observability/index.js';
import { connectRedis, type RedisClient } from '../redis/index.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** A limit that is slower than this is asked locally instead. */
const COMMAND_TIMEOUT_MS = 250;
const RECONNECT_PAUSE_MAX_MS = 1_000;

/** The limits' connection to Redis: it fails fast, keeps no queue, and comes back by itself. */
@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  readonly client: RedisClient;

  constructor(@InjectConfig() config: Config, health: HealthChecks) {
    this.client = connectRedis(config.redis.urls, {
      name: 'limits',
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      commandTimeoutMs: COMMAND_TIMEOUT_MS,
      reconnectPauseMaxMs: RECONNECT_PAUSE_MAX_MS,
    });
    health.register('redis', async () => void (await this.client.ping()), { critical: false });
  }

  onApplicationShutdown(): void {
    this.client.disconnect();
  }
}
