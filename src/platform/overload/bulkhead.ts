import { HttpProblems } from '../problems/index.js';

/** Bounds of a {@link Bulkhead}. */
export interface BulkheadOptions {
  /** What waits here, for the message: "password checks". */
  readonly name: string;
  /** Work that runs at the same time. */
  readonly concurrencyMax: number;
  /** Work that may wait for its turn. */
  readonly queueMax: number;
}

const RETRY_AFTER_SECONDS = 2;

/**
 * A bulkhead for costly work: so much at a time, so much waiting, and beyond that 503 at once. An attack that
 * fills one lane leaves the processor to the others.
 */
export class Bulkhead {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly options: BulkheadOptions) {}

  /**
   * Runs the work when its turn comes.
   * @throws Problem `unavailable` when too much waits already
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { name, concurrencyMax, queueMax } = this.options;
    if (this.running >= concurrencyMax) {
      if (this.waiting.length >= queueMax)
        throw HttpProblems.unavailable(`Too many ${name} wait already.`, { retryAfterSeconds: RETRY_AFTER_SECONDS });
      // The one that ends hands its place over, so nobody can slip in between.
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    } else {
      this.running++;
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
