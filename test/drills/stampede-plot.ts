import { svgPlot, type Panel } from '../load/svg-plot.js';
import type { OriginSample } from './origin-watch.js';
import type { StampedePhase, StampedeRun } from './stampede-run.js';

const COLOURS = { on: '#1b7f4b', off: '#c0392b' };
/** The idle time between the phases is not drawn. */
const GAP_SECONDS = 1;

/** Latency and loads of the origin over time; a second run is drawn over the first. */
export function stampedePlot(runs: readonly StampedeRun[]): string {
  const secondsOfWarm = Math.max(...runs.map(({ warm }) => warm.load.seconds)) + GAP_SECONDS;
  const panels: Panel[] = [
    {
      title: 'Slowest answer of each quarter second, ms',
      logarithmic: true,
      series: runs.map((run) => series(run, secondsOfWarm, latencies)),
    },
    {
      title: 'Origin loads of the home page, in each sample',
      logarithmic: true,
      bars: true,
      series: runs.map((run) => series(run, secondsOfWarm, increases)),
    },
  ];
  const [first] = runs;
  return svgPlot({
    title: `Stampede: ${first?.plan.clients} clients, ${first?.plan.webProcesses} web processes, one hot key`,
    xTitle: 'seconds',
    panels,
    marks: [
      { x: 0, text: 'expiring under load' },
      { x: secondsOfWarm, text: 'fully expired, all at once' },
    ],
  });
}

type Points = [number, number][];

function series(
  { defended, warm, cold }: StampedeRun,
  secondsOfWarm: number,
  pointsOf: (phase: StampedePhase) => Points,
): Panel['series'][number] {
  const points: Points = [
    ...pointsOf(warm),
    ...pointsOf(cold).map(([x, y]): [number, number] => [x + secondsOfWarm, y]),
  ];
  return {
    name: defended ? 'with the defence' : 'without the defence',
    colour: defended ? COLOURS.on : COLOURS.off,
    points,
  };
}

function latencies({ load }: StampedePhase): Points {
  return load.slices.filter(({ answers }) => answers > 0).map(({ atMs, maxMs }) => [atMs / 1_000, maxMs]);
}

function increases({ load, origin }: StampedePhase): Points {
  return origin
    .slice(1)
    .map((sample: OriginSample, index) => [
      (sample.at - load.beganAt) / 1_000,
      sample.loads - (origin[index]?.loads ?? 0),
    ]);
}
