import type { PhaseResult } from '../load/load-plan.js';
import { CONNECTIONS } from './connections-plan.js';
import type { ConnectionsRun } from './connections-run.js';
import { brokenConnectionPromises } from './connections-evaluation.js';
import type { FleetSample } from './fleet-watch.js';

const result = (parts: Partial<PhaseResult> = {}): PhaseResult => ({
  name: '11 x',
  beganAt: 0,
  seconds: 1,
  requests: 100,
  reads: 100,
  writes: 0,
  byStatus: { 200: 100 },
  timeouts: 0,
  brokenConnections: 0,
  waited: 0,
  stale: 0,
  byCacheStatus: {},
  distinctTags: 1,
  p50Ms: 1,
  p99Ms: 1,
  maxMs: 1,
  slices: [],
  ...parts,
});
const sample = (parts: Partial<FleetSample> = {}): FleetSample => ({
  at: 0,
  instances: 16,
  wanted: 44,
  refused: 9,
  demanded: 665,
  errors: 0,
  primaryBackends: 41,
  replicaBackends: 27,
  ...parts,
});
const run = (parts: Partial<ConnectionsRun> = {}): ConnectionsRun => ({
  defended: true,
  plan: CONNECTIONS,
  connectionsMax: 100,
  steps: [{ factor: 11, browse: [result(), result()], pay: [result({ byStatus: { 201: 10 } })] }],
  samples: [sample()],
  refusal: 'no room',
  lastError: '',
  ...parts,
});

describe('brokenConnectionPromises', () => {
  it('is content with a capped fleet, no failure and backends that the database has', () => {
    expect(brokenConnectionPromises(run())).toEqual([]);
  });

  it.each([
    [
      'a failed read',
      { steps: [{ factor: 1, browse: [result(), result({ byStatus: { 200: 99, 503: 1 } })], pay: [] }] },
      /1 requests of people who browse failed/,
    ],
    [
      'a payment that timed out',
      { steps: [{ factor: 1, browse: [], pay: [result({ timeouts: 2 }), result({ brokenConnections: 1 })] }] },
      /3 payments failed/,
    ],
    ['an error of the database at an instance', { samples: [sample({ errors: 4 })] }, /Instances met 4 errors/],
    [
      'more backends than there are',
      { samples: [sample({ primaryBackends: 101 }), sample()] },
      /101 backends, more than its 100/,
    ],
    [
      'a fleet over its budget',
      { samples: [sample({ demanded: 701 })] },
      /let up to 701 connections; the budget is 700/,
    ],
    ['a fleet of which no instance was refused', { samples: [sample({ refused: 0 })] }, /No instance was refused/],
    [
      'a fleet that wants what the database has',
      { samples: [sample({ wanted: 17, instances: 16, demanded: 100 })] },
      /nothing was tested/,
    ],
  ])('says what broke with %s', (_what, parts, sentence) => {
    expect(brokenConnectionPromises(run(parts))).toEqual([expect.stringMatching(sentence)]);
  });

  it('has promised nothing without the defence', () => {
    expect(
      brokenConnectionPromises(run({ defended: false, samples: [sample({ errors: 1_000, refused: 0 })] })),
    ).toEqual([]);
  });
});
