import type { InstanceDemand } from '../config/index.js';
import { metrics } from '../observability/index.js';
import { limitsOf, poolerClientsFor, serversOf, type LimitFacts, type LiveConnections } from './connection-limits.js';
import type { PoolerFigures } from './pooler-console.js';

/** What bounds the fleet, as far as it could be read. */
export function showLimits(facts: LimitFacts): void {
  metrics.budgetLimit.set({ of: 'budget' }, facts.budget);
  const limits = { pooler: poolerClientsFor(facts), database: serversOf(facts)?.max };
  for (const [of, limit] of Object.entries(limits)) if (limit !== undefined) metrics.budgetLimit.set({ of }, limit);
}

/** What this instance and the fleet hold, and how near that is to the tightest limit. */
export function showUse(facts: LimitFacts, own: InstanceDemand, others: LiveConnections): void {
  const { primaryMax, allMax } = limitsOf(facts);
  const primary = own.primaryConnections + others.primaryConnections;
  const replica = own.replicaConnections + others.replicaConnections;
  metrics.budgetConnections.set({ of: 'instance', target: 'primary' }, own.primaryConnections);
  metrics.budgetConnections.set({ of: 'instance', target: 'replica' }, own.replicaConnections);
  metrics.budgetConnections.set({ of: 'all', target: 'primary' }, primary);
  metrics.budgetConnections.set({ of: 'all', target: 'replica' }, replica);
  metrics.budgetInstances.set(others.instances + 1);
  metrics.budgetUsedRatio.set(Math.max(primary / primaryMax, (primary + replica) / allMax));
}

/** The pooler's own figures. @param waitedMore seconds that clients waited since the last look */
export function showPooler(
  { database, clients, servers, longestWaitSeconds }: PoolerFigures,
  waitedMore: number,
): void {
  for (const [state, count] of Object.entries(clients)) metrics.poolerClients.set({ database, state }, count);
  for (const [state, count] of Object.entries(servers)) metrics.poolerServers.set({ database, state }, count);
  metrics.poolerWaitSeconds.set({ database }, longestWaitSeconds);
  metrics.poolerWaitedSeconds.inc({ database }, waitedMore);
}
