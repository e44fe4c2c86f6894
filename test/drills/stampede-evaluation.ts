import type { PhaseResult } from '../load/load-plan.js';
import type { StampedePhase, StampedeRun } from './stampede-run.js';

/** Answers that are neither a page nor "you have it already", and requests that got none. */
export function failuresOf({ byStatus, timeouts, brokenConnections }: PhaseResult): number {
  const refused = Object.entries(byStatus)
    .filter(([status]) => status !== '200' && status !== '304')
    .reduce((sum, [, count]) => sum + count, 0);
  return refused + timeouts + brokenConnections;
}

/** What of the promise broke, a sentence each; nothing when it held. Only a defended run has promised anything. */
export function brokenPromises({ defended, warm, cold }: StampedeRun): string[] {
  if (!defended) return [];
  const worst = Math.max(0, ...warm.loadsPerExpiry);
  const coldLoads = cold.loads;
  return [
    ...(worst > 1
      ? [`An expiry under load reached the origin ${worst} times; the promise is once for the whole fleet.`]
      : []),
    ...(coldLoads > 1
      ? [`The fully expired key was loaded ${coldLoads} times; the promise is once for the whole fleet.`]
      : []),
    ...(warm.loads === 0 ? ['No expiry was seen: the key was never loaded again, so nothing was tested.'] : []),
    ...[warm, cold].flatMap(failureSentence),
  ];
}

function failureSentence({ load }: StampedePhase): string[] {
  const failures = failuresOf(load);
  return failures > 0 ? [`${failures} requests failed in "${load.name}"; the promise is none.`] : [];
}
