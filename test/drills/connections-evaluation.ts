import type { PhaseResult } from '../load/load-plan.js';
import type { ConnectionsRun } from './connections-run.js';

/** How many times what the database has the fleet must have wanted, or nothing was tested. */
const DEMAND_MIN = 3;

/** What customers met, by kind of request, over the whole run. */
export function failuresIn(results: readonly PhaseResult[]): number {
  return results.reduce(
    (sum, { byStatus, timeouts, brokenConnections }) => sum + refused(byStatus) + timeouts + brokenConnections,
    0,
  );
}

/** What of the promise broke, a sentence each; nothing when it held. Only a defended run has promised anything. */
export function brokenConnectionPromises({ defended, plan, connectionsMax, steps, samples }: ConnectionsRun): string[] {
  if (!defended) return [];
  const browse = failuresIn(steps.flatMap((step) => step.browse));
  const pay = failuresIn(steps.flatMap((step) => step.pay));
  const last = samples.at(-1);
  const backends = Math.max(0, ...samples.map(({ primaryBackends }) => primaryBackends));
  const demanded = Math.max(0, ...samples.map((sample) => sample.demanded));
  const wanted = Math.max(0, ...samples.map((sample) => sample.wanted));
  const wantedConnections = wanted === 0 ? 0 : (wanted * demanded) / Math.max(1, last?.instances ?? 1);
  return [
    ...(browse > 0 ? [`${browse} requests of people who browse failed; the promise is none.`] : []),
    ...(pay > 0 ? [`${pay} payments failed; the promise is none.`] : []),
    ...((last?.errors ?? 0) > 0 ? [`Instances met ${last?.errors} errors of the database; the promise is none.`] : []),
    ...(backends > connectionsMax ? [`The primary had ${backends} backends, more than its ${connectionsMax}.`] : []),
    ...(demanded > plan.budget
      ? [`The fleet was let up to ${demanded} connections; the budget is ${plan.budget}.`]
      : []),
    ...((last?.refused ?? 0) === 0 ? ['No instance was refused, so the budget was not tested.'] : []),
    ...(wantedConnections < DEMAND_MIN * connectionsMax
      ? [
          `The fleet wanted ${Math.round(wantedConnections)} connections, ` +
            `which is no demand beside ${connectionsMax}: nothing was tested.`,
        ]
      : []),
  ];
}

function refused(byStatus: Readonly<Record<string, number>>): number {
  return Object.entries(byStatus)
    .filter(([status]) => Number(status) >= 400)
    .reduce((sum, [, count]) => sum + count, 0);
}
