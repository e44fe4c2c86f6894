import { count, ms, textTable } from '../../src/cli/doctor/text-table.js';
import type { StampedePhase, StampedeRun } from './stampede-run.js';
import { failuresOf } from './stampede-evaluation.js';

const COLUMNS = [
  'phase',
  'defence',
  'requests',
  'origin loads',
  'expiries',
  'worst expiry',
  'statements',
  'waited > 100 ms',
  'served stale',
  'p50',
  'p99',
  'max',
  'failed',
];

/** One line for each phase of each run; two runs come line under line, so that they compare. */
export function stampedeTable(runs: readonly StampedeRun[]): string {
  const phases = ['warm', 'cold'] as const;
  const rows = phases.flatMap((phase) => runs.map((run) => row(run[phase], run.defended)));
  return textTable([COLUMNS, ...rows], [0, 1]);
}

function row({ load, loads, loadsPerExpiry, statements }: StampedePhase, defended: boolean): string[] {
  return [
    load.name,
    defended ? 'on' : 'off',
    count(load.requests),
    count(loads),
    count(loadsPerExpiry.length),
    count(Math.max(0, ...loadsPerExpiry)),
    count(statements),
    count(load.waited),
    count(load.stale),
    ms(load.p50Ms),
    ms(load.p99Ms),
    ms(load.maxMs),
    failures(load),
  ];
}

function failures(load: StampedePhase['load']): string {
  const all = failuresOf(load);
  if (all === 0) return '0';
  const kinds = [
    ...Object.entries(load.byStatus).filter(([status]) => Number(status) >= 400),
    ['timeout', load.timeouts] as const,
    ['broken', load.brokenConnections] as const,
  ];
  return `${count(all)} (${kinds
    .filter(([, number]) => number > 0)
    .map(([kind, number]) => `${kind}: ${count(number)}`)
    .join(', ')})`;
}
