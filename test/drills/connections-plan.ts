import type { Phase } from '../load/load-plan.js';

/** How far and how fast the fleet and its traffic grow. */
export interface ConnectionsPlan {
  /** Of the traffic and the fleet at the beginning, one a step. */
  readonly factors: readonly number[];
  readonly stepSeconds: number;
  /** The last step is held, since connections come late. */
  readonly lastStepSeconds: number;
  /** Instances at factor 1; what is not real is simulated. */
  readonly instances: number;
  /** Under measured traffic, beside the one that comes with the system. */
  readonly realInstances: number;
  /** For the whole fleet, when it is defended. */
  readonly budget: number;
  /** Requests a second to each real instance at factor 1. */
  readonly browsePerSecond: number;
  readonly payPerSecond: number;
  readonly customers: number;
  readonly items: number;
}

/** Eleven-fold in three quarters of a minute. */
export const CONNECTIONS: ConnectionsPlan = {
  factors: [1, 3, 5, 7, 9, 11],
  stepSeconds: 7,
  lastStepSeconds: 12,
  instances: 4,
  realInstances: 2,
  budget: 700,
  browsePerSecond: 5,
  payPerSecond: 1,
  customers: 12,
  items: 20_000,
};

const REQUESTS_MAX = 1_000_000;

/** One step of the growth for one kind of request. */
export function stepPhase(plan: ConnectionsPlan, factor: number, perSecond: number): Phase {
  const isLast = factor === plan.factors.at(-1);
  return {
    name: `${factor} x`,
    pace: { kind: 'open', perSecond: perSecond * factor },
    durationMs: (isLast ? plan.lastStepSeconds : plan.stepSeconds) * 1_000,
    requestsMax: REQUESTS_MAX,
  };
}

/** What the autoscaler wants at this traffic, beside the real ones. */
export function simulatedAt(plan: ConnectionsPlan, factor: number): number {
  return Math.max(0, plan.instances * factor - plan.realInstances - 1);
}
