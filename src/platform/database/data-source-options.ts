import type { DataSourceOptions } from 'typeorm';
import type { Config, DatabaseContext } from '../config/index.js';
import { QueryMeter } from './query-meter.js';

const IDLE_TIMEOUT_MS = 30_000;
const SLOW_QUERY_MS = 500;

/** Which server a pool leads to. */
export type Server = { readonly target: 'primary' } | { readonly target: 'replica'; readonly url: string };

/**
 * Options of one context's pool. Nothing here becomes a startup parameter that a pooler refuses:
 * the timeouts of statements and locks are settings of the role.
 */
export function dataSourceOptions(
  config: Config,
  context: DatabaseContext,
  server: Server,
): Extract<DataSourceOptions, { type: 'postgres' }> {
  const signIn = config.database.signIn[context];
  return {
    type: 'postgres',
    url: withSignIn(server.target === 'primary' ? config.database.url : server.url, signIn.user, signIn.password),
    schema: context,
    applicationName: `bulwark-${context}`,
    installExtensions: false,
    synchronize: false,
    migrationsRun: false,
    logging: ['query', 'error'],
    logger: new QueryMeter(context, server.target),
    maxQueryExecutionTime: SLOW_QUERY_MS,
    poolSize: signIn.poolSizeMax,
    connectTimeoutMS: signIn.waitMaxMs,
    extra: { max: signIn.poolSizeMax, idleTimeoutMillis: IDLE_TIMEOUT_MS, keepAlive: true },
  };
}

/** Options of the one connection over which a process asks a server how it is. */
export function checkOptions(config: Config, server: Server): Extract<DataSourceOptions, { type: 'postgres' }> {
  const options = dataSourceOptions(config, 'platform', server);
  // Checks fail as long as the server is gone; the replica says so once.
  return {
    ...options,
    logging: false,
    poolSize: 1,
    connectTimeoutMS: config.database.acquireTimeoutMs,
    extra: { ...(options.extra as object), max: 1 },
  };
}

function withSignIn(base: string, user: string, password: string): string {
  const url = new URL(base);
  url.username = user;
  url.password = encodeURIComponent(password);
  return url.toString();
}
