/** Retries that are there at the start and at most: a lone failure in quiet times is always tried again. */
const RETRIES_MAX = 20;
/** Each call earns this share of a retry, so that retries add at most a fifth to the load of a provider in trouble. */
const EARNED_PER_CALL = 0.2;

/**
 * Bounds the retries of all calls together. Each call alone may retry; thousands of them at once would treble the load of a
 * provider that fails because it has too much of it.
 */
export class RetryBudget {
  private retries = RETRIES_MAX;

  /** Says that a call has begun. */
  earn(): void {
    this.retries = Math.min(RETRIES_MAX, this.retries + EARNED_PER_CALL);
  }

  /** Takes a retry. @returns false when none is left */
  spend(): boolean {
    if (this.retries < 1) return false;
    this.retries -= 1;
    return true;
  }
}
