import { bulkhead, BulkheadRejectedError, type BulkheadPolicy } from 'cockatiel';
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
 * fills one bulkhead leaves the processor to the others.
 */
export class Bulkhead {
  private readonly policy: BulkheadPolicy;

  constructor(private readonly options: BulkheadOptions) {
    this.policy = bulkhead(options.concurrencyMax, options.queueMax);
  }

  /**
   * Runs the work when its turn comes.
   * @throws Problem `unavailable` when too much waits already
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.policy.execute(work);
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw HttpProblems.unavailable(`Too many ${this.options.name} wait already.`, {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
  }
}
