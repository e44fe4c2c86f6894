/** A chart over the common x axis. */
export interface Panel {
  readonly title: string;
  /** Values below 1 are drawn at the bottom. */
  readonly logarithmic: boolean;
  readonly bars?: boolean;
  readonly series: readonly {
    readonly name: string;
    readonly colour: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

export interface Plot {
  readonly title: string;
  readonly xTitle: string;
  readonly panels: readonly Panel[];
  readonly marks: readonly { readonly x: number; readonly text: string }[];
}

const WIDTH = 960;
const PANEL_HEIGHT = 220;
const LEFT = 64;
const RIGHT = 24;
const TOP = 76;
const PANEL_GAP = 56;
const TICKS = 10;

/** A static picture that any browser shows: no script, no fonts of its own. */
export function svgPlot({ title, xTitle, panels, marks }: Plot): string {
  const points = panels.flatMap(({ series }) => series.flatMap((one) => one.points));
  const xMax = Math.max(1, ...points.map(([x]) => x));
  const x = (value: number): number => LEFT + (Math.max(0, value) / xMax) * (WIDTH - LEFT - RIGHT);
  const height = TOP + panels.length * (PANEL_HEIGHT + PANEL_GAP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      'font-family="sans-serif" font-size="12" fill="#222">',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="26" font-size="17" font-weight="bold">${escape(title)}</text>`,
    legend(panels[0]),
    ...panels.map((panel, index) =>
      drawPanel(panel, { x, xMax, top: TOP + index * (PANEL_HEIGHT + PANEL_GAP), marks }),
    ),
    `<text x="${(WIDTH + LEFT) / 2}" y="${height - 12}" text-anchor="middle">${escape(xTitle)}</text>`,
    '</svg>\n',
  ].join('\n');
}

interface Frame {
  readonly x: (value: number) => number;
  readonly xMax: number;
  readonly top: number;
  readonly marks: Plot['marks'];
}

function drawPanel(panel: Panel, { x, xMax, top, marks }: Frame): string {
  const bottom = top + PANEL_HEIGHT;
  const yMax = Math.max(10, ...panel.series.flatMap(({ points }) => points.map(([, value]) => value)));
  const decades = Math.ceil(Math.log10(yMax));
  const share = (value: number): number =>
    panel.logarithmic ? Math.log10(Math.max(1, value)) / decades : value / yMax;
  const y = (value: number): number => bottom - share(value) * PANEL_HEIGHT;
  const levels = panel.logarithmic
    ? Array.from({ length: decades + 1 }, (_, power) => 10 ** power)
    : [0, yMax / 2, yMax];
  const step = Math.max(1, Math.ceil(xMax / TICKS));
  const xTicks = Array.from({ length: Math.floor(xMax / step) + 1 }, (_, index) => index * step);
  return [
    `<text x="${LEFT}" y="${top - 10}" font-weight="bold">${escape(panel.title)}</text>`,
    ...levels.map(
      (level) =>
        `<path d="M${LEFT} ${at(y(level))}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 8}" ` +
        `y="${at(y(level) + 4)}" text-anchor="end">${level.toLocaleString('en-US')}</text>`,
    ),
    ...xTicks.map(
      (tick) => `<text x="${at(x(tick))}" y="${bottom + 16}" text-anchor="middle" fill="#666">${tick}</text>`,
    ),
    ...marks.map(
      ({ x: mark, text }) =>
        `<path d="M${at(x(mark))} ${top}V${bottom}" stroke="#888" stroke-dasharray="4 3"/><text ` +
        `x="${at(x(mark) + 5)}" y="${top + 12}" fill="#666">${escape(text)}</text>`,
    ),
    ...panel.series.map(({ colour, points }) =>
      panel.bars ? bars(points, colour, { x, y, bottom }) : line(points, colour, { x, y }),
    ),
    `<path d="M${LEFT} ${top}V${bottom}H${WIDTH - RIGHT}" fill="none" stroke="#444"/>`,
  ].join('\n');
}

type Points = readonly (readonly [number, number])[];
type Scale = (value: number) => number;

function line(points: Points, colour: string, { x, y }: { x: Scale; y: Scale }): string {
  return (
    `<polyline fill="none" stroke="${colour}" stroke-width="2" ` +
    `points="${points.map(([px, py]) => `${at(x(px))},${at(y(py))}`).join(' ')}"/>`
  );
}

/** A single event must be seen as well: a bar is never lower than a few pixels. */
function bars(points: Points, colour: string, { x, y, bottom }: { x: Scale; y: Scale; bottom: number }): string {
  return points
    .filter(([, value]) => value > 0)
    .map(
      ([px, value]) =>
        `<path d="M${at(x(px))} ${bottom}V${at(Math.min(y(value), bottom - 6))}" stroke="${colour}" ` +
        'stroke-width="4" stroke-opacity="0.75"/>',
    )
    .join('\n');
}

function legend(panel: Panel | undefined): string {
  return (panel?.series ?? [])
    .map(
      ({ name, colour }, index) =>
        `<rect x="${LEFT + index * 190}" y="38" width="14" height="10" fill="${colour}"/><text ` +
        `x="${LEFT + 20 + index * 190}" y="47">${escape(name)}</text>`,
    )
    .join('');
}

function at(value: number): string {
  return value.toFixed(1);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
