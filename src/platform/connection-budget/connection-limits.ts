import type { InstanceDemand } from '../config/index.js';
import type { PoolerSettings } from './pooler-console.js';

/** Of the pooler's clients, for operators' commands, which do not register. */
const OPERATORS_SHARE = 0.05;
/** Sessions that bypass the pooler: migrations, a superuser who investigates. */
const DIRECT_CONNECTIONS = 5;

/** Everything that bounds a fleet, as far as it can be read. */
export interface LimitFacts {
  /** DATABASE_CONNECTION_BUDGET: for all connections of the fleet. */
  readonly budget: number;
  /** Undefined when there is no console to ask. */
  readonly pooler?: PoolerSettings | undefined;
  /** The pooler's entry for the primary. */
  readonly primaryEntry: string;
  /** Roles that sign in through it. */
  readonly roles: number;
  /** Whether the replicas' connections go through the same pooler. */
  readonly isPoolerShared: boolean;
  /** max_connections of the primary, less what it reserves. */
  readonly databaseConnectionsMax?: number | undefined;
}

export interface ConnectionLimits {
  /** For the connections to the primary. */
  readonly primaryMax: number;
  /** For those and the ones to the replicas together. */
  readonly allMax: number;
}

/** What the others hold. */
export interface LiveConnections {
  readonly instances: number;
  readonly primaryConnections: number;
  readonly replicaConnections: number;
}

/** Clients of the pooler that the fleet may be; undefined when it cannot be asked. */
export function poolerClientsFor({ pooler }: LimitFacts): number | undefined {
  return pooler && Math.floor(pooler.clientsMax * (1 - OPERATORS_SHARE));
}

/** The budget, cut down to what the pooler takes. */
export function limitsOf(facts: LimitFacts): ConnectionLimits {
  const primaryMax = Math.min(facts.budget, poolerClientsFor(facts) ?? Infinity);
  return { primaryMax, allMax: facts.isPoolerShared ? primaryMax : facts.budget };
}

/**
 * Server connections that the pooler may open to the primary, and how many it accepts; undefined when either is
 * unknown.
 */
export function serversOf({
  pooler,
  primaryEntry,
  roles,
  databaseConnectionsMax,
}: LimitFacts): { wanted: number; max: number; poolSize: number } | undefined {
  const entry = pooler?.entries.find(({ name }) => name === primaryEntry);
  if (entry === undefined || databaseConnectionsMax === undefined) return undefined;
  return {
    wanted: Math.min(roles * entry.poolSize, entry.serversMax),
    max: databaseConnectionsMax - DIRECT_CONNECTIONS,
    poolSize: entry.poolSize,
  };
}

/** Why the pooler could overload the database with any clients; undefined when it cannot. */
export function poolerOverDatabase(facts: LimitFacts): string | undefined {
  const servers = serversOf(facts);
  if (servers === undefined || servers.wanted <= servers.max) return undefined;
  return (
    `The pooler may open ${servers.wanted} connections to the primary (${facts.roles} roles x a pool of ` +
    `${servers.poolSize}), which has ${servers.max} for it (max_connections less what is reserved). ` +
    'Lower default_pool_size of the pooler or set max_db_connections, or raise max_connections.'
  );
}

/** Why this instance must not start; the figures, what bounds them, and the repair. */
export function explainRefusal(facts: LimitFacts, demand: InstanceDemand, live: LiveConnections): string {
  const { primaryMax, allMax } = limitsOf(facts);
  const all = demand.primaryConnections + demand.replicaConnections;
  const isPrimary = live.primaryConnections + demand.primaryConnections > primaryMax;
  const [own, held, max] =
    isPrimary && primaryMax !== allMax
      ? [demand.primaryConnections, live.primaryConnections, primaryMax]
      : [all, live.primaryConnections + live.replicaConnections, allMax];
  const bound =
    max < facts.budget
      ? `the pooler takes (max_client_conn ${facts.pooler?.clientsMax}, less a twentieth for operators)`
      : 'DATABASE_CONNECTION_BUDGET allows';
  const others =
    live.instances === 0
      ? 'no other instance holds any'
      : `${live.instances} other instance${live.instances === 1 ? ' holds' : 's hold'} ${held}`;
  const raise =
    max < facts.budget ? 'raise max_client_conn of the pooler' : 'raise the budget, up to what the pooler takes';
  return (
    `This instance may open ${own} database connections (${demand.processes} processes x their pools), and ` +
    `${others} of the ${max} that ${bound}. ` +
    `Run fewer instances, lower WEB_WORKERS or DATABASE_*_POOL_SIZE, or ${raise}.`
  );
}
