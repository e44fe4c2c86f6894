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

/** Question 4: the sum over all live leases, against each limit. */
export function judgeConnections(facts: ConnectionFacts): Finding {
  const { instances, budget, poolerClients, isPoolerShared, servers } = facts;
  const sum = (of: (instance: InstanceFacts) => number): number =>
    instances.reduce((total, instance) => total + of(instance), 0);
  const all = sum(connectionsOf);
  const atPooler = isPoolerShared ? all : sum(({ primaryConnections }) => primaryConnections);
  const bounds = [
    {
      what: `${figure(all)} connections of ${figure(budget)} that the budget allows`,
      used: all,
      max: budget,
      step: Math.max(0, ...instances.map(connectionsOf)),
      repair: 'Run fewer instances or smaller pools, or raise DATABASE_CONNECTION_BUDGET up to what the pooler takes.',
    },
    ...(poolerClients === undefined
      ? []
      : [
          {
            what: `${figure(atPooler)} clients of ${figure(poolerClients)} that the pooler takes`,
            used: atPooler,
            max: poolerClients,
            step: Math.max(0, ...instances.map(isPoolerShared ? connectionsOf : primaryOf)),
            repair: 'Raise max_client_conn of the pooler, or lower DATABASE_CONNECTION_BUDGET below it.',
          },
        ]),
    ...(servers === undefined
      ? []
      : [
          {
            what: `${figure(servers.wanted)} server connections of ${figure(servers.max)} that the primary takes from the pooler`,
            used: servers.wanted,
            max: servers.max,
            step: 0,
            repair: 'Lower default_pool_size of the pooler, or raise max_connections.',
          },
        ]),
  ];
  const told = `${figure(instances.length)} instances x pools = ${figure(all)} connections; ${
    bounds
      .slice(1)
      .map(({ what }) => what)
      .join('; ') || 'no console of a pooler can be read'
  }`;
  const evidence = [
    ...bounds.map(({ what }) => what),
    ...instances.map(
      (instance) =>
        `${instance.role}: ${instance.processes} processes, ${figure(instance.primaryConnections)} connections to the primary, ${figure(instance.replicaConnections)} to replicas`,
    ),
  ];
  const conclude = (verdict: Finding['verdict'], repair: string): Finding => ({
    question: QUESTION,
    figure: told,
    verdict,
    evidence,
    repair,
  });
  const broken = bounds.filter(({ used, max }) => used > max);
  if (broken.length > 0) return conclude('gun', broken.map(({ repair }) => repair).join(' '));
  if (instances.length === 0)
    return conclude(
      'gun',
      'Nobody is counted, so nothing bounds the fleet. Is the system older than its schema, or is the primary out of reach?',
    );
  if (facts.counted.held < facts.counted.asked)
    return conclude(
      'watch',
      `${facts.counted.asked - facts.counted.held} of the instances asked could not renew their lease: the sum is too small.`,
    );
  const tight = bounds.filter(({ used, max, step }) => used + step > max);
  if (tight.length > 0)
    return conclude(
      'watch',
      `The next rolling deploy does not fit, since old and new instances overlap. ${tight.map(({ repair }) => repair).join(' ')}`,
    );
  if (poolerClients === undefined)
    return conclude(
      'watch',
      'The limits of the pooler could not be read: see that DATABASE_CONNECTION_BUDGET is below them.',
    );
  return conclude('good', '');
}

function connectionsOf({ primaryConnections, replicaConnections }: InstanceFacts): number {
  return primaryConnections + replicaConnections;
}

function primaryOf({ primaryConnections }: InstanceFacts): number {
  return primaryConnections;
}
