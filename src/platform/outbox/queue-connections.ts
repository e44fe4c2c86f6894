import { once } from 'node:events';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectConfig, type Config } from '../config/index.js';
import { logger } from '../observability/index.js';
import { closeRedis, connectRedis, type RedisClient } from '../redis/index.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** A producer gives up on a silent server: the events are safe in the outbox. */
const COMMAND_TIMEOUT_MS = 3_000;
const RECONNECT_PAUSE_MAX_MS = 1_000;
const READY_TIMEOUT_MS = 5_000;

/** The two connections of a process to the queues' Redis, opened when first used: web processes need none. */
@Injectable()
export class QueueConnections implements OnApplicationShutdown {
  private producing: RedisClient | undefined;
  private consuming: RedisClient | undefined;

  constructor(@InjectConfig() private readonly config: Config) {}

  /** Fails fast: nothing waits in memory for a Redis that is gone. */
  producer(): RedisClient {
    return (this.producing ??= connectRedis(this.config.redis.urls, {
      name: 'queue producer',
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      commandTimeoutMs: COMMAND_TIMEOUT_MS,
      reconnectPauseMaxMs: RECONNECT_PAUSE_MAX_MS,
      retriesPerCommandMax: 1,
      isLazy: true,
    }));
  }

  /** Waits for a Redis that is gone, as the queue library wants it. */
  consumer(): RedisClient {
    return (this.consuming ??= connectRedis(this.config.redis.urls, {
      name: 'queue consumer',
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      reconnectPauseMaxMs: RECONNECT_PAUSE_MAX_MS,
      queuesOffline: true,
      retriesPerCommandMax: null,
    }));
  }

  /** Whether a producer's command would reach the server now. */
  isReady(): boolean {
    const producer = this.producer();
    if (producer.status === 'wait')
      void producer.connect().catch(() => logger.warn('The queue server cannot be reached; trying on.'));
    return producer.status === 'ready';
  }

  /** For a command that an operator waits for. @throws when Redis is not there within {@link READY_TIMEOUT_MS} */
  async waitUntilReady(): Promise<void> {
    if (this.isReady()) return;
    await once(this.producer(), 'ready', { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }).catch((cause: unknown) => {
      throw new Error(`The queue server did not answer within ${READY_TIMEOUT_MS} ms; check REDIS_URL.`, { cause });
    });
  }

  /** @throws when Redis does not answer */
  async ping(): Promise<void> {
    await this.producer().ping();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.producing, this.consuming].map((connection) => connection && closeRedis(connection)));
  }
}
