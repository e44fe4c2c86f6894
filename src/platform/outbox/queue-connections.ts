import { once } from 'node:events';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { InjectConfig, type Config } from '../config/index.js';
import { logger } from '../observability/index.js';

export type RedisConnection = Redis | Cluster;

const CONNECT_TIMEOUT_MS = 2_000;
/** A producer gives up on a silent server: the events are safe in the outbox. */
const COMMAND_TIMEOUT_MS = 3_000;
const RECONNECT_PAUSE_MAX_MS = 1_000;
const READY_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 1_000;

/** The two connections of a process to the queues' Redis, opened when first used: web processes need none. */
@Injectable()
export class QueueConnections implements OnApplicationShutdown {
  private producing: RedisConnection | undefined;
  private consuming: RedisConnection | undefined;

  constructor(@InjectConfig() private readonly config: Config) {}

  /** Fails fast: nothing waits in memory for a Redis that is gone. */
  producer(): RedisConnection {
    return (this.producing ??= this.connect({
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: COMMAND_TIMEOUT_MS,
    }));
  }

  /** Waits for a Redis that is gone, as the queue library wants it. */
  consumer(): RedisConnection {
    return (this.consuming ??= this.connect({ maxRetriesPerRequest: null }));
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
    await Promise.all([this.producing, this.consuming].map((connection) => connection && quit(connection)));
  }

  private connect(options: RedisOptions): RedisConnection {
    const urls = this.config.redis.urls;
    const common: RedisOptions = {
      ...options,
      connectTimeout: CONNECT_TIMEOUT_MS,
      retryStrategy: pauseBeforeReconnect,
    };
    const connection = urls.length === 1 ? new Redis(urls[0] as string, common) : connectCluster(urls, common);
    connection.on('error', (error: Error) => logger.debug({ error }, 'The queue server cannot be reached.'));
    return connection;
  }
}

function connectCluster(urls: readonly string[], options: RedisOptions): Cluster {
  const nodes = urls.map((text) => new URL(text));
  const [first] = nodes;
  const { retryStrategy: _perNode, lazyConnect: _ofTheCluster, ...redisOptions } = options;
  return new Cluster(
    nodes.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    {
      clusterRetryStrategy: pauseBeforeReconnect,
      lazyConnect: options.lazyConnect ?? false,
      enableOfflineQueue: options.enableOfflineQueue ?? true,
      redisOptions: {
        ...redisOptions,
        username: first?.username ? decodeURIComponent(first.username) : undefined,
        password: first?.password ? decodeURIComponent(first.password) : undefined,
        tls: first?.protocol === 'rediss:' ? {} : undefined,
      },
    },
  );
}

function pauseBeforeReconnect(attempt: number): number {
  return Math.min(attempt * 100, RECONNECT_PAUSE_MAX_MS) * (1 - Math.random() / 4);
}

async function quit(connection: RedisConnection): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  // Whatever the server does, the process ends.
  const left = connection.status === 'ready' ? connection.quit().catch(() => undefined) : Promise.resolve();
  await Promise.race([left, late]);
  clearTimeout(timer);
  connection.disconnect();
}
