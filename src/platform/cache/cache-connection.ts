import { connectRedis, GuardedRedis, type RedisClient } from '../redis/index.js';

const CONNECT_TIMEOUT_MS = 1_000;
/** A shared layer that answers later than this is worth less than the origin. */
const ANSWER_TIMEOUT_MS = 100;
/** When the driver itself gives a command up; its caller has gone on long before. */
const COMMAND_TIMEOUT_MS = 5_000;
const RECONNECT_PAUSE_MAX_MS = 1_000;
const FAILURES_MAX = 3;
const PROBE_EVERY_MS = 500;

/** The cache's connection: its callers do without a shared layer that is gone or silent. */
export function connectCache(urls: readonly string[], answerTimeoutMs = ANSWER_TIMEOUT_MS): GuardedRedis {
  return new GuardedRedis(urls, {
    name: 'cache',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    reconnectPauseMaxMs: RECONNECT_PAUSE_MAX_MS,
    answerTimeoutMs,
    failuresMax: FAILURES_MAX,
    probeEveryMs: PROBE_EVERY_MS,
  });
}

/** A connection that waits for messages; it reconnects and subscribes again for ever. */
export function connectSubscriber(urls: readonly string[]): RedisClient {
  return connectRedis(urls, {
    name: 'cache backplane',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    reconnectPauseMaxMs: RECONNECT_PAUSE_MAX_MS,
    queuesOffline: true,
    retriesPerCommandMax: null,
  });
}
