/** How one request or statement went. */
export interface Timed {
  what: string;
  /** Empty when it went well. */
  failure: string;
  tookMs: number;
}

/** Does the work again and again, several at once, until it is stopped; every outcome is kept. */
export class TimedLoad {
  readonly outcomes: Timed[] = [];
  private isOver = false;
  private readonly loops: Promise<void>[];

  /** @param work answers what went wrong, or nothing */
  constructor(loops: Readonly<Record<string, () => Promise<string | undefined>>>) {
    this.loops = Object.entries(loops).map(([what, work]) => this.drive(what, work));
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops);
  }

  get failures(): string[] {
    return this.outcomes.filter(({ failure }) => failure !== '').map(({ what, failure }) => `${what}: ${failure}`);
  }

  get slowest(): Timed | undefined {
    return this.outcomes.toSorted((one, other) => other.tookMs - one.tookMs)[0];
  }

  private async drive(what: string, work: () => Promise<string | undefined>): Promise<void> {
    while (!this.isOver) {
      const began = performance.now();
      const failure = await work().catch((error: Error) => error.message);
      this.outcomes.push({ what, failure: failure ?? '', tookMs: performance.now() - began });
    }
  }
}
