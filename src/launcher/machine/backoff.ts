import { setTimeout as wait } from 'node:timers/promises';

const FIRST_DELAY_MS = 200;
const DELAY_MAX_MS = 10_000;
/** A process that ran this long has recovered: the next crash starts from the first pause. */
const HEALTHY_AFTER_MS = 30_000;

/** How long to wait before the next restart of something that crashes. */
export class Backoff {
  private failures = 0;
  private startedAt = 0;

  constructor(private readonly now: () => number = Date.now) {}

  started(): void {
    this.startedAt = this.now();
  }

  /** The wait before the next attempt; grows with each crash that follows soon. */
  nextDelayMs(): number {
    if (this.startedAt > 0 && this.now() - this.startedAt >= HEALTHY_AFTER_MS) this.failures = 0;
    this.failures += 1;
    return Math.min(DELAY_MAX_MS, FIRST_DELAY_MS * 2 ** (this.failures - 1));
  }

  /** Waits for the next attempt; ends early, without an error, when the signal aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    await wait(this.nextDelayMs(), undefined, { signal }).catch(() => undefined);
  }
}
