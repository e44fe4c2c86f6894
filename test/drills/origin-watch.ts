import { setTimeout as delay } from 'node:timers/promises';

/** What the origin had been asked by then. */
export interface OriginSample {
  /** Unix time. */
  readonly at: number;
  readonly loads: number;
  readonly statements: number;
}

const SAMPLE_EVERY_MS = 150;

/** Samples what the origin is asked while a load runs. */
export class OriginWatch {
  private readonly samples: OriginSample[] = [];
  private watching = true;
  private readonly loop: Promise<void>;

  constructor(private readonly read: () => Promise<OriginSample>) {
    this.loop = this.watch();
  }

  /** Ends the watch with a last sample. */
  async finish(): Promise<readonly OriginSample[]> {
    this.watching = false;
    await this.loop;
    await this.sample();
    return this.samples;
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      await this.sample();
      await delay(SAMPLE_EVERY_MS);
    }
  }

  private async sample(): Promise<void> {
    const next = await this.read().catch(() => null);
    // An outage that keeps the ops port from answering is a gap in the plot, not the end of the drill.
    if (next === null) return;
    const last = this.samples.at(-1) ?? { loads: 0, statements: 0 };
    // A process too busy to report is left out of the sum; counters themselves never fall.
    this.samples.push({
      at: next.at,
      loads: Math.max(last.loads, next.loads),
      statements: Math.max(last.statements, next.statements),
    });
  }
}

/**
 * Loads that follow one another within this share of the time an entry is fresh belong to the same expiry: jitter and
 * early refresh let the next one begin after two thirds of it at the soonest.
 */
const SAME_EXPIRY_SHARE = 0.6;

/** How many loads each expiry caused, in order. */
export function loadsPerExpiry(samples: readonly OriginSample[], freshMs: number): number[] {
  const expiries: number[] = [];
  let lastAt = Number.NEGATIVE_INFINITY;
  for (const [index, { at, loads }] of samples.entries()) {
    const more = loads - (samples[index - 1]?.loads ?? loads);
    if (more <= 0) continue;
    if (at - lastAt <= freshMs * SAME_EXPIRY_SHARE) expiries[expiries.length - 1] = (expiries.at(-1) ?? 0) + more;
    else expiries.push(more);
    lastAt = at;
  }
  return expiries;
}
