/** The budget at the start, and its limit: a lone failure in quiet times is always retried. */
const RETRIES_MAX = 20;
/** Each call earns this share of a retry, so that retries add at most a fifth to the load of a provider in trouble. */
const EARNED_PER_CALL = 0.2;

/**
 * Bounds the retries of all calls together. Without it, thousands of failing calls would treble the load of a provider
 * that fails under load.
 */
export class RetryBudget {
  private retries = RETRIES_MAX;

  /** Call it once per call. */
  earn(): void {
    this.retries = Math.min(RETRIES_MAX, this.retries + EARNED_PER_CALL);
  }

  /** Uses up a retry. @returns false when none is left */
  spend(): boolean {
    if (this.retries < 1) return false;
    this.retries -= 1;
    return true;
  }
}
