import type { InstanceDemand } from '../config/index.js';
import { limitsOf, poolerClientsFor, serversOf, type LimitFacts, type LiveConnections } from './connection-limits.js';
import type { PoolerFigures } from './pooler-console.js';
import { budgetMetrics } from './budget.metrics.js';

/** What bounds the fleet, as far as it could be read. */
export function showLimits(facts: LimitFacts): void {
  budgetMetrics.limit.set({ of: 'budget' }, facts.budget);
  const limits = { pooler: poolerClientsFor(facts), database: serversOf(facts)?.max };
  for (const [of, limit] of Object.entries(limits)) if (limit !== undefined) budgetMetrics.limit.set({ of }, limit);
}

/** What this instance and the fleet hold, and how near that is to the tightest limit. */
export function showUse(facts: LimitFacts, own: InstanceDemand, others: LiveConnections): void {
  const { primaryMax, allMax } = limitsOf(facts);
  const primary = own.primaryConnections + others.primaryConnections;
  const replica = own.replicaConnections + others.replicaConnections;
  budgetMetrics.connections.set({ of: 'instance', target: 'primary' }, own.primaryConnections);
  budgetMetrics.connections.set({ of: 'instance', target: 'replica' }, own.replicaConnections);
  budgetMetrics.connections.set({ of: 'all', target: 'primary' }, primary);
  budgetMetrics.connections.set({ of: 'all', target: 'replica' }, replica);
  budgetMetrics.instances.set(others.instances + 1);
  budgetMetrics.usedRatio.set(Math.max(primary / primaryMax, (primary + replica) / allMax));
}

/** The pooler's own figures. @param waitedMore seconds that clients waited since the last report */
export function showPooler(
  { database, clients, servers, longestWaitSeconds }: PoolerFigures,
  waitedMore: number,
): void {
  for (const [state, count] of Object.entries(clients)) budgetMetrics.poolerClients.set({ database, state }, count);
  for (const [state, count] of Object.entries(servers)) budgetMetrics.poolerServers.set({ database, state }, count);
  budgetMetrics.poolerWaitSeconds.set({ database }, longestWaitSeconds);
  budgetMetrics.poolerWaitedSeconds.inc({ database }, waitedMore);
}
