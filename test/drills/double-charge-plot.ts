import { svgPlot, type Panel } from '../load/svg-plot.js';
import type { Count } from './double-charge-outcome.js';
import type { DoubleChargeRun } from './double-charge-run.js';

const COLOURS = { on: '#1b7f4b', off: '#c0392b' };
/** The two runs stand side by side. */
const SHIFT = 0.06;

/** Unwanted charges, by scenario; a second run is drawn beside the first. */
export function doubleChargePlot(runs: readonly DoubleChargeRun[]): string {
  const panels: Panel[] = [
    {
      title: 'Charges for 100 intended payments',
      logarithmic: false,
      bars: true,
      series: runs.map((run) => series(run, ({ effects, intents }) => (100 * effects) / Math.max(1, intents))),
    },
    {
      title: 'Customers charged more than once',
      logarithmic: false,
      bars: true,
      series: runs.map((run) => series(run, ({ chargedTwice }) => chargedTwice)),
    },
  ];
  const marks = (runs[0]?.counts ?? []).map(({ scenario }, index) => ({ x: index, text: scenario }));
  // The last name needs room to its right.
  return svgPlot({
    title: 'Double charge: what customers paid for what they wanted once',
    xTitle: 'scenario',
    panels: panels.map((panel) => withRoom(panel, marks.length)),
    marks,
  });
}

function series({ defended, counts }: DoubleChargeRun, value: (count: Count) => number): Panel['series'][number] {
  const shift = defended ? SHIFT : 2 * SHIFT;
  return {
    name: defended ? 'with the defence' : 'without the defence',
    colour: defended ? COLOURS.on : COLOURS.off,
    points: counts.map((count, index) => [index + shift, value(count)] as const),
  };
}

function withRoom(panel: Panel, scenarios: number): Panel {
  const [first, ...rest] = panel.series;
  return first === undefined
    ? panel
    : { ...panel, series: [{ ...first, points: [...first.points, [scenarios, 0]] }, ...rest] };
}
