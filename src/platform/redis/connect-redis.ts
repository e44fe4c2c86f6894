import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { logger } from '../observability/index.js';

/** A connection to one server or to a cluster. */
export type RedisClient = Redis | Cluster;

/** What differs from one use of Redis to another; each capability chooses its own time-outs. */
export interface RedisConnectOptions {
  /** Whose connection it is, for the log: "cache". */
  readonly name: string;
  readonly connectTimeoutMs: number;
  /** When the driver gives a command up; undefined for connections that wait by their nature. */
  readonly commandTimeoutMs?: number;
  /** The longest pause before the next attempt to connect; the first ones are short. */
  readonly reconnectPauseMaxMs: number;
  /** Whether commands wait in memory while the server is gone; else they fail at once. */
  readonly queuesOffline?: boolean;
  /** How often a command is sent again over a new connection; null: until it is answered. */
  readonly retriesPerCommandMax?: number | null;
  /** Whether to connect with the first command and not at once. */
  readonly isLazy?: boolean;
}

const RECONNECT_PAUSE_STEP_MS = 50;
const PORT = 6_379;

/**
 * Connects to Redis and reconnects for ever. `rediss://` means TLS.
 * @param urls one for a server; several for the nodes of a cluster, which share the sign-in that the first one names
 */
export function connectRedis(urls: readonly string[], options: RedisConnectOptions): RedisClient {
  const [only, ...others] = urls;
  const client =
    only !== undefined && others.length === 0 ? connectServer(only, options) : connectCluster(urls, options);
  client.on('error', (error: Error) =>
    logger.debug({ error, connection: options.name }, 'A connection to Redis failed.'),
  );
  return client;
}

function connectServer(url: string, options: RedisConnectOptions): Redis {
  return new Redis(url, {
    ...commonOptions(options),
    enableOfflineQueue: options.queuesOffline ?? false,
    lazyConnect: options.isLazy ?? false,
    retryStrategy: pauseBeforeReconnect(options),
  });
}

function connectCluster(urls: readonly string[], options: RedisConnectOptions): Cluster {
  const nodes = urls.map((url) => new URL(url));
  const [first] = nodes;
  return new Cluster(
    nodes.map(({ hostname, port }) => ({ host: hostname, port: Number(port || PORT) })),
    {
      enableOfflineQueue: options.queuesOffline ?? false,
      lazyConnect: options.isLazy ?? false,
      clusterRetryStrategy: pauseBeforeReconnect(options),
      redisOptions: {
        ...commonOptions(options),
        username: decodeURIComponent(first?.username ?? '') || undefined,
        password: decodeURIComponent(first?.password ?? '') || undefined,
        tls: first?.protocol === 'rediss:' ? {} : undefined,
      },
    },
  );
}

function commonOptions({
  connectTimeoutMs,
  commandTimeoutMs,
  retriesPerCommandMax = 0,
}: RedisConnectOptions): RedisOptions {
  return {
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: retriesPerCommandMax,
  };
}

/** A quarter of each pause is chance, so that a fleet does not come back to a server in one burst. */
function pauseBeforeReconnect({ reconnectPauseMaxMs }: RedisConnectOptions): (attempt: number) => number {
  return (attempt) => Math.min(attempt * RECONNECT_PAUSE_STEP_MS, reconnectPauseMaxMs) * (1 - Math.random() / 4);
}
