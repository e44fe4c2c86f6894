import type { Config } from '../config/index.js';
import { logger } from '../observability/index.js';
import type { LimitFacts } from './connection-limits.js';
import type { InstanceRegistry } from './instance-registry.js';
import type { PoolerConsole } from './pooler-console.js';

/**
 * Asks the pooler and the primary what they allow.
 * @throws the driver's error when the primary does not answer; a pooler without a console is left out
 */
export async function readLimitFacts(
  config: Config,
  registry: InstanceRegistry,
  console: PoolerConsole,
): Promise<LimitFacts> {
  const { url, replicaUrls, connectionBudget: budget, signIn } = config.database;
  const databaseConnectionsMax = await registry.databaseConnectionsMax();
  const pooler = await console.settings().catch((error: unknown) => {
    // A managed pooler has none, and a database without a pooler neither: then the variable alone counts.
    logger.debug({ why: (error as Error).message }, 'No console of a pooler can be read.');
    return undefined;
  });
  const isPoolerShared = replicaUrls.some((replica) => new URL(replica).host === new URL(url).host);
  return {
    budget,
    pooler,
    databaseConnectionsMax,
    isPoolerShared,
    primaryEntry: decodeURIComponent(new URL(url).pathname.slice(1)),
    roles: Object.keys(signIn).length,
  };
}
