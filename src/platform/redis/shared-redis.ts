import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectConfig, type Config } from '../config/index.js';
import { HealthChecks } from '../observability/index.js';
import { connectRedis, type RedisClient } from './connect-redis.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** Every caller has a fallback in its process, which a slower answer would only delay. */
const COMMAND_TIMEOUT_MS = 250;
const RECONNECT_PAUSE_MAX_MS = 1_000;

/**
 * The connection for counters and records that the fleet shares: limits and own writes. Commands fail at once while
 * Redis is down.
 */
@Injectable()
export class SharedRedis implements OnApplicationShutdown {
  readonly client: RedisClient;

  constructor(@InjectConfig() config: Config, health: HealthChecks) {
    this.client = connectRedis(config.redis.urls, {
      name: 'shared',
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
