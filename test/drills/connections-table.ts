import type { PhaseResult } from '../load/load-plan.js';
import { count, ms, textTable } from '../../src/cli/doctor/text-table.js';
import type { ConnectionsRun, ConnectionsStep } from './connections-run.js';
import { failuresIn } from './connections-evaluation.js';
import type { FleetSample } from './fleet-watch.js';

const COLUMNS = [
  'traffic',
  'defence',
  'wanted',
  'running',
  'refused',
  'connections',
  'backends',
  'replica',
  'errors',
  'browse',
  'failed',
  'p50',
  'p99',
  'pay',
  'failed',
  'p50',
  'p99',
];

/** One line for each step of each run; two runs come line under line, so that they compare. */
export function connectionsTable(runs: readonly ConnectionsRun[]): string {
  const rows = (runs[0]?.plan.factors ?? []).flatMap((factor, index) =>
    runs.flatMap((run) => {
      const step = run.steps[index];
      return step === undefined ? [] : [row(run, step, factor)];
    }),
  );
  return textTable([COLUMNS, ...rows], [0, 1]);
}

function row({ defended, samples }: ConnectionsRun, step: ConnectionsStep, factor: number): string[] {
  const during = samplesOf(samples, step);
  const most = (of: (sample: FleetSample) => number): string => count(Math.max(0, ...during.map(of)));
  return [
    `${factor} x`,
    defended ? 'on' : 'off',
    most(({ wanted }) => wanted),
    most(({ instances }) => instances),
    most(({ refused }) => refused),
    most(({ demanded }) => demanded),
    most(({ primaryBackends }) => primaryBackends),
    most(({ replicaBackends }) => replicaBackends),
    most(({ errors }) => errors),
    ...figures(step.browse),
    ...figures(step.pay),
  ];
}

function samplesOf(samples: readonly FleetSample[], { browse }: ConnectionsStep): FleetSample[] {
  const from = Math.min(...browse.map(({ beganAt }) => beganAt));
  const to = Math.max(...browse.map(({ beganAt, seconds }) => beganAt + seconds * 1_000));
  return samples.filter(({ at }) => at >= from && at <= to);
}

/** The worst of the instances stands for them: a mean would hide it. */
function figures(results: readonly PhaseResult[]): string[] {
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  return [
    count(requests),
    count(failuresIn(results)),
    ms(Math.max(0, ...results.map(({ p50Ms }) => p50Ms))),
    ms(Math.max(0, ...results.map(({ p99Ms }) => p99Ms))),
  ];
}
