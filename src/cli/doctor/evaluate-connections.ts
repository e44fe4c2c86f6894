import { figure, type Finding } from './finding.js';

/** One live lease. */
export interface InstanceFacts {
  readonly role: string;
  readonly processes: number;
  readonly primaryConnections: number;
  readonly replicaConnections: number;
}

/** What bounds the fleet; undefined for what could not be read. */
export interface ConnectionFacts {
  readonly instances: readonly InstanceFacts[];
  /** DATABASE_CONNECTION_BUDGET of the instances. */
  readonly budget: number;
  /** Clients that the pooler before the primary takes from the fleet. */
  readonly poolerClients: number | undefined;
  /** Whether connections to replicas go through it as well. */
  readonly isPoolerShared: boolean;
  /** Server connections that the pooler may open to the primary, and what that takes. */
  readonly servers: { readonly wanted: number; readonly max: number } | undefined;
  /** How many of the instances that were asked say that they are counted. */
  readonly counted: { readonly asked: number; readonly held: number };
}

const QUESTION = 'Can instances x pool size exceed what pooler and database take?';

interface Bound {
  /** Use and limit in words. */
  readonly what: string;
  readonly used: number;
  readonly max: number;
  /** What one more instance adds while a rolling deploy runs it beside the old one. */
  readonly step: number;
  readonly repair: string;
}

/** Question 4: the sum over all live leases, against each limit. */
export function evaluateConnections(facts: ConnectionFacts): Finding {
  const bounds = boundsOf(facts);
  const finding = { question: QUESTION, figure: inOneLine(facts, bounds), evidence: evidenceOf(facts, bounds) };
  return { ...finding, ...conclude(facts, bounds) };
}

function conclude(
  { instances, poolerClients, counted }: ConnectionFacts,
  bounds: readonly Bound[],
): Pick<Finding, 'status' | 'repair'> {
  const exceeded = bounds.filter(({ used, max }) => used > max);
  if (exceeded.length > 0) return { status: 'critical', repair: exceeded.map(({ repair }) => repair).join(' ') };
  if (instances.length === 0)
    return {
      status: 'critical',
      repair:
        'No instance is counted, so nothing bounds the fleet. ' +
        'Is the system older than its schema, or is the primary out of reach?',
    };
  if (counted.held < counted.asked)
    return {
      status: 'watch',
      repair:
        `${counted.asked - counted.held} of the instances asked could not renew their lease: ` +
        'the sum is too small.',
    };
  const tight = bounds.filter(({ used, max, step }) => used + step > max);
  if (tight.length > 0)
    return {
      status: 'watch',
      repair:
        'The next rolling deploy does not fit, since old and new instances overlap. ' +
        `${tight.map(({ repair }) => repair).join(' ')}`,
    };
  if (poolerClients === undefined)
    return {
      status: 'watch',
      repair: 'The limits of the pooler could not be read: see that DATABASE_CONNECTION_BUDGET is below them.',
    };
  return { status: 'good', repair: '' };
}

function boundsOf({ instances, budget, poolerClients, isPoolerShared, servers }: ConnectionFacts): Bound[] {
  const all = sum(instances, connectionsOf);
  const bounds: Bound[] = [
    {
      what: `${figure(all)} connections of ${figure(budget)} that the budget allows`,
      used: all,
      max: budget,
      step: Math.max(0, ...instances.map(connectionsOf)),
      repair: 'Run fewer instances or smaller pools, or raise DATABASE_CONNECTION_BUDGET up to what the pooler takes.',
    },
  ];
  if (poolerClients !== undefined) {
    const atPooler = isPoolerShared ? connectionsOf : primaryOf;
    const used = sum(instances, atPooler);
    bounds.push({
      what: `${figure(used)} clients of ${figure(poolerClients)} that the pooler takes`,
      used,
      max: poolerClients,
      step: Math.max(0, ...instances.map(atPooler)),
      repair: 'Raise max_client_conn of the pooler, or lower DATABASE_CONNECTION_BUDGET below it.',
    });
  }
  if (servers !== undefined)
    bounds.push({
      what:
        `${figure(servers.wanted)} server connections of ${figure(servers.max)} that the primary takes from ` +
        'the pooler',
      used: servers.wanted,
      max: servers.max,
      step: 0,
      repair: 'Lower default_pool_size of the pooler, or raise max_connections.',
    });
  return bounds;
}

function inOneLine({ instances }: ConnectionFacts, [, ...others]: readonly Bound[]): string {
  const all = figure(sum(instances, connectionsOf));
  const limits = others.map(({ what }) => what).join('; ');
  const limited = limits || 'no console of a pooler can be read';
  return `${figure(instances.length)} instances x pools = ${all} connections; ${limited}`;
}

function evidenceOf({ instances }: ConnectionFacts, bounds: readonly Bound[]): string[] {
  const demands = instances.map(({ role, processes, primaryConnections, replicaConnections }) => {
    const toPrimary = `${figure(primaryConnections)} connections to the primary`;
    return `${role}: ${processes} processes, ${toPrimary}, ${figure(replicaConnections)} to replicas`;
  });
  return [...bounds.map(({ what }) => what), ...demands];
}

function sum(instances: readonly InstanceFacts[], of: (instance: InstanceFacts) => number): number {
  return instances.reduce((total, instance) => total + of(instance), 0);
}

function connectionsOf({ primaryConnections, replicaConnections }: InstanceFacts): number {
  return primaryConnections + replicaConnections;
}

function primaryOf({ primaryConnections }: InstanceFacts): number {
  return primaryConnections;
}
