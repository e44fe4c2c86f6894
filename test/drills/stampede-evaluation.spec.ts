import type { PhaseResult } from '../load/load-plan.js';
import type { StampedePhase, StampedeRun } from './stampede-run.js';
import { STAMPEDE } from './stampede-plan.js';
import { brokenPromises } from './stampede-evaluation.js';

const phase = (name: string, loads: readonly number[], load: Partial<PhaseResult> = {}): StampedePhase => ({
  load: {
    name,
    beganAt: 0,
    seconds: 1,
    requests: 100,
    reads: 100,
    writes: 0,
    byStatus: { 200: 99, 304: 1 },
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
    ...load,
  },
  origin: [],
  loads: loads.reduce((sum, more) => sum + more, 0),
  statements: 0,
  loadsPerExpiry: loads,
});
const run = (parts: Partial<StampedeRun> = {}): StampedeRun => ({
  defended: true,
  plan: STAMPEDE,
  freshMs: 2_000,
  warm: phase('warm', [1, 1, 1]),
  cold: phase('cold', [1]),
  ...parts,
});

describe('brokenPromises', () => {
  it('is content with one load for each expiry and no failure', () => {
    expect(brokenPromises(run())).toEqual([]);
  });

  it.each([
    ['a second load in one expiry', { warm: phase('warm', [1, 2, 1]) }, /reached the origin 2 times/],
    ['a second load of the fully expired key', { cold: phase('cold', [4]) }, /loaded 4 times/],
    ['a 503', { warm: phase('warm', [1], { byStatus: { 200: 99, 503: 1 } }) }, /1 requests failed in "warm"/],
    ['a timeout', { cold: phase('cold', [1], { timeouts: 3 }) }, /3 requests failed in "cold"/],
    ['a broken connection', { cold: phase('cold', [1], { brokenConnections: 2 }) }, /2 requests failed/],
    ['a run in which nothing expired', { warm: phase('warm', []) }, /nothing was tested/],
  ])('names %s', (_, parts, sentence) => {
    const broken = brokenPromises(run(parts));
    expect(broken).toHaveLength(1);
    expect(broken[0]).toMatch(sentence);
  });

  it('expects nothing of a run without the defence', () => {
    expect(brokenPromises(run({ defended: false, warm: phase('warm', [900], { timeouts: 5 }) }))).toEqual([]);
  });
});
