const SCRAPE_TIMEOUT_MS = 10_000;

/** The counters of an instance at one moment, summed over its processes by the ops port. */
export class MetricsReading {
  constructor(
    readonly at: number,
    private readonly samples: readonly { readonly name: string; readonly labels: string; readonly value: number }[],
  ) {}

  /** The sum over all label sets that contain these labels; 0 when nothing was counted yet. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return this.samples
      .filter((sample) => sample.name === name && wanted.every((pair) => sample.labels.includes(pair)))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** Every label set of one metric with its value. */
  series(name: string): { labels: Readonly<Record<string, string>>; value: number }[] {
    return this.samples
      .filter((sample) => sample.name === name)
      .map(({ labels, value }) => ({ labels: parseLabels(labels), value }));
  }
}

/** Asks an ops port for its metrics. */
export async function readMetrics(opsUrl: string): Promise<MetricsReading> {
  const answer = await fetch(`${opsUrl}/metrics`, { signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${opsUrl}/metrics answered ${answer.status}.`);
  return parseMetrics(await answer.text());
}

/** Reads the Prometheus text format. */
export function parseMetrics(text: string): MetricsReading {
  const samples = [...text.matchAll(/^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/gim)].map(
    ([, name = '', labels = '', value]) => ({ name, labels, value: Number(value) }),
  );
  return new MetricsReading(Date.now(), samples);
}

function parseLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(
    pairs.map(([, label = '', value = '']) => [
      label,
      value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]),
  );
}
