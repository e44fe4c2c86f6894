import type { Slice } from '../load/load-plan.js';
import { svgPlot, type Panel } from '../load/svg-plot.js';
import type { ConnectionsRun, ConnectionsStep } from './connections-run.js';
import type { FleetSample } from './fleet-watch.js';

const COLOURS = { on: '#1b7f4b', off: '#c0392b' };

type Points = [number, number][];
type Of = (step: ConnectionsStep) => ConnectionsStep['browse'];

/** Fleet, database, errors and latency over time; a second run is drawn over the first. */
export function connectionsPlot(runs: readonly ConnectionsRun[]): string {
  const fleet = (title: string, of: (sample: FleetSample) => number): Panel => ({
    title,
    logarithmic: false,
    series: runs.map((run) => series(run, samplePoints(run, of))),
  });
  const slices = (title: string, of: Of, value: (slice: Slice) => number, bars = false): Panel => ({
    title,
    logarithmic: !bars,
    bars,
    series: runs.map((run) => series(run, slicePoints(run, of, value))),
  });
  const [browse, pay]: [Of, Of] = [(step) => step.browse, (step) => step.pay];
  const panels = [
    fleet('Instances that run', ({ instances }) => instances),
    fleet('Connections that they may open', ({ demanded }) => demanded),
    fleet(
      `Backends of the primary (max_connections ${runs[0]?.connectionsMax})`,
      ({ primaryBackends }) => primaryBackends,
    ),
    slices('Failed requests of people who browse, each quarter second', browse, ({ failures }) => failures, true),
    slices('Failed payments, each quarter second', pay, ({ failures }) => failures, true),
    slices('Browse: median of each quarter second, ms', browse, ({ p50Ms }) => p50Ms),
    slices('Browse: 99th percentile of each quarter second, ms', browse, ({ p99Ms }) => p99Ms),
    slices('Pay: median of each quarter second, ms', pay, ({ p50Ms }) => p50Ms),
    slices('Pay: 99th percentile of each quarter second, ms', pay, ({ p99Ms }) => p99Ms),
  ];
  const [first] = runs;
  const marks =
    first?.steps.map((step) => ({ x: secondsInto(first, step.browse[0]?.beganAt ?? 0), text: `${step.factor} x` })) ??
    [];
  return svgPlot({ title: 'Connections: a fleet that grows eleven-fold', xTitle: 'seconds', panels, marks });
}

function series({ defended }: ConnectionsRun, points: Points): Panel['series'][number] {
  return {
    name: defended ? 'with the defence' : 'without the defence',
    colour: defended ? COLOURS.on : COLOURS.off,
    points,
  };
}

function secondsInto({ samples }: ConnectionsRun, at: number): number {
  return (at - (samples[0]?.at ?? 0)) / 1_000;
}

function samplePoints(run: ConnectionsRun, of: (sample: FleetSample) => number): Points {
  return run.samples.map((sample) => [secondsInto(run, sample.at), of(sample)]);
}

/** The slices of all instances, the worst of those of one moment. */
function slicePoints(run: ConnectionsRun, of: Of, value: (slice: Slice) => number): Points {
  return run.steps.flatMap((step) => {
    const [first, ...others] = of(step);
    return (first?.slices ?? [])
      .filter(({ answers }) => answers > 0)
      .map((slice, index): [number, number] => [
        secondsInto(run, (first?.beganAt ?? 0) + slice.atMs),
        Math.max(value(slice), ...others.map(({ slices }) => (slices[index] ? value(slices[index]) : 0))),
      ]);
  });
}
