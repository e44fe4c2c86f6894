import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { logger } from '../observability/index.js';

const CONNECT_TIMEOUT_MS = 1_000;
/** A shared layer that answers later than this is worth less than the origin. */
const PATIENCE_MS = 100;
/** When the driver itself gives a command up; nobody waits for it by then. */
const COMMAND_TIMEOUT_MS = 5_000;
const RECONNECT_MAX_MS = 1_000;
/** So many silent commands in a row, and the layer is left alone until it answers a probe. */
const SILENT_MAX = 3;
const PROBE_EVERY_MS = 500;

/**
 * The cache's connection to its Redis with a breaker: commands fail at once while the server is gone or silent, and
 * only a probe of our own waits for it. It heals by itself.
 */
export class CacheConnection {
  readonly client: Redis | Cluster;
  private silentInARow = 0;
  private broken = false;
  private probe: NodeJS.Timeout | undefined;

  /** @param patienceMs how long an answer is waited for */
  constructor(
    urls: readonly string[],
    private readonly patienceMs: number = PATIENCE_MS,
  ) {
    this.client = connect(urls);
    this.client.on('error', (error: Error) => logger.debug({ error }, "The cache's server cannot be reached."));
  }

  /** Whether a command would be sent now. */
  isOpen(): boolean {
    return !this.broken && this.client.status === 'ready';
  }

  /**
   * Runs a command; its failure is an answer, since every caller can do without.
   * @returns undefined when the server is gone, silent or refuses
   */
  async ask<T>(command: (client: Redis | Cluster) => Promise<T>): Promise<T | undefined> {
    if (!this.isOpen()) return undefined;
    try {
      const answer = await inTime(command(this.client), this.patienceMs);
      this.silentInARow = 0;
      return answer;
    } catch (error) {
      this.noteFailure(error as Error);
      return undefined;
    }
  }

  close(): void {
    clearInterval(this.probe);
    this.client.disconnect();
  }

  private noteFailure(error: Error): void {
    logger.debug({ error }, "The cache's server did not answer.");
    if (this.broken || ++this.silentInARow < SILENT_MAX) return;
    this.broken = true;
    logger.warn(
      { why: error.message },
      "The cache's server is silent; the cache lives in the processes until it answers.",
    );
    this.probe = setInterval(() => void this.heal(), PROBE_EVERY_MS).unref();
  }

  private async heal(): Promise<void> {
    try {
      await inTime(this.client.ping(), this.patienceMs);
    } catch (error) {
      logger.debug({ error }, "The cache's server is still silent.");
      return;
    }
    clearInterval(this.probe);
    if (!this.broken) return;
    this.broken = false;
    this.silentInARow = 0;
    logger.info("The cache's server answers again.");
  }
}

/** A connection that waits for announcements; it reconnects and subscribes again for ever. */
export function connectSubscriber(urls: readonly string[]): Redis | Cluster {
  return connect(urls, { commandTimeout: undefined, enableOfflineQueue: true, maxRetriesPerRequest: null });
}

function connect(urls: readonly string[], overrides: RedisOptions = {}): Redis | Cluster {
  const options: RedisOptions = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: pauseBeforeReconnect,
    ...overrides,
  };
  const [only] = urls;
  if (urls.length === 1 && only) return new Redis(only, options);
  const nodes = urls.map((text) => new URL(text));
  const { retryStrategy: _perNode, enableOfflineQueue, ...redisOptions } = options;
  const [first] = nodes;
  return new Cluster(
    nodes.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    {
      enableOfflineQueue,
      clusterRetryStrategy: pauseBeforeReconnect,
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
  return Math.min(50 * attempt, RECONNECT_MAX_MS);
}

/**
 * The answer, unless it is late. A process that was busy itself finds its timers due before it has read what came
 * meanwhile: it reads first, or every stall would look like a silent server.
 */
async function inTime<T>(answer: Promise<T>, patienceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => setImmediate(() => setImmediate(() => reject(new Error(`No answer within ${patienceMs} ms.`)))),
      patienceMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    // The loser of the race must not become an unhandled rejection.
    answer.catch(() => undefined);
    late.catch(() => undefined);
  }
}
