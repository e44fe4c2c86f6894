import type { Phase } from '../load/load-plan.js';

/** How hard the stampede drill pushes. */
export interface StampedePlan {
  readonly clients: number;
  readonly webProcesses: number;
  readonly items: number;
  readonly warmSeconds: number;
  /** Processes that have just started compile their code on the first requests; that is no part of a stampede. */
  readonly runInSeconds: number;
}

export const STAMPEDE: StampedePlan = {
  clients: 5_000,
  webProcesses: 4,
  items: 20_000,
  warmSeconds: 15,
  runInSeconds: 6,
};

/**
 * Something on the page changes this often, so that it expires also where it otherwise stays true as long as nothing
 * changes.
 */
export const CHANGE_EVERY_MS = 2_000;

/**
 * Short enough that the fleet answers it all, long enough that the generator is not what is measured: about 2,500
 * requests a second.
 */
const THINK_MS = { min: 1_000, max: 3_000 };
const REQUESTS_MAX = 1_000_000;
const BURST_WAIT_MS = 12_000;

/** The same load before anything is counted. */
export function runInPhase(plan: StampedePlan): Phase {
  return { ...warmPhase(plan), name: 'run-in', durationMs: plan.runInSeconds * 1_000 };
}

/** Every client requests the key again and again while it expires again and again. */
export function warmPhase({ warmSeconds }: StampedePlan): Phase {
  return {
    name: 'expiring under load',
    pace: { kind: 'closed', thinkMinMs: THINK_MS.min, thinkMaxMs: THINK_MS.max },
    durationMs: warmSeconds * 1_000,
    requestsMax: REQUESTS_MAX,
  };
}

/** Every client asks at the same moment, when nothing has the key any more. */
export const COLD_PHASE: Phase = {
  name: 'fully expired, all at once',
  pace: { kind: 'burst' },
  durationMs: BURST_WAIT_MS,
  requestsMax: REQUESTS_MAX,
};
