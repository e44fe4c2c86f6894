import type { DataSourceOptions } from 'typeorm';
import type { Config, DatabaseContext } from '../config/index.js';
import { QueryMeter } from './query-meter.js';
import type { Target } from './target.js';

const IDLE_TIMEOUT_MS = 30_000;
const SLOW_QUERY_MS = 500;

/**
 * Options of one context's pool. Nothing here becomes a startup parameter that a pooler refuses:
 * the timeouts of statements and locks are settings of the role.
 */
export function dataSourceOptions(config: Config, context: DatabaseContext, target: Target): Extract<DataSourceOptions, { type: 'postgres' }> {
  const signIn = config.database.signIn[context];
  const base = target === 'primary' ? config.database.url : (config.database.replicaUrls[0] ?? config.database.url);
  return {
    type: 'postgres',
    url: withSignIn(base, signIn.user, signIn.password),
    schema: context,
    applicationName: `bulwark-${context}`,
    installExtensions: false,
    synchronize: false,
    migrationsRun: false,
    logging: ['query', 'error'],
    logger: new QueryMeter(context, target),
    maxQueryExecutionTime: SLOW_QUERY_MS,
    poolSize: signIn.poolSizeMax,
    connectTimeoutMS: context === 'catalog' ? config.database.acquireTimeoutMs : Math.max(config.database.waitMaxMs, config.database.acquireTimeoutMs),
    extra: { max: signIn.poolSizeMax, idleTimeoutMillis: IDLE_TIMEOUT_MS, keepAlive: true },
  };
}

function withSignIn(base: string, user: string, password: string): string {
  const url = new URL(base);
  url.username = user;
  url.password = encodeURIComponent(password);
  return url.toString();
}
