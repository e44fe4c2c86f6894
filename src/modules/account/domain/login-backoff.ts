/** The thresholds of failed logins. */
export interface LoginThresholds {
  /** The failure from which on a block follows. */
  readonly backoffFrom: number;
  readonly backoffMaxSeconds: number;
}

/**
 * How long an account's logins are blocked after its n-th failure: nothing, then 1 s, 2 s, 4 s … up to the maximum.
 * @returns milliseconds for n = 1, 2, …; the last entry stands for all beyond
 */
export function blockMsAfterFailures({ backoffFrom, backoffMaxSeconds }: LoginThresholds): number[] {
  const schedule: number[] = [];
  for (let failures = 1; (schedule.at(-1) ?? 0) < backoffMaxSeconds * 1_000; failures++) {
    schedule.push(failures < backoffFrom ? 0 : Math.min(2 ** (failures - backoffFrom), backoffMaxSeconds) * 1_000);
  }
  return schedule;
}
