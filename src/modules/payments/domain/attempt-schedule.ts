/** Attempts at an unknown outcome after which a person has to look: more than an hour. */
export const ATTEMPTS_ALARMING = 5;

/**
 * Seconds until the provider is asked again about an unknown outcome: 5 s, 15 s, 1 min, 5 min, 1 h, then daily.
 * @param attempts how many were made before, from 0
 */
export function secondsUntilNextAttempt(attempts: number): number {
  return [5, 15, 60, 300, 3_600][attempts] ?? 86_400;
}

/**
 * The same for a payment, which must not miss the moment at which it expires.
 * @param secondsToExpiry negative once it has expired
 */
export function secondsUntilNextPaymentAttempt(attempts: number, secondsToExpiry: number): number {
  const scheduled = secondsUntilNextAttempt(attempts);
  return secondsToExpiry > 0 ? Math.min(scheduled, Math.ceil(secondsToExpiry) + 1) : scheduled;
}

/**
 * Seconds until the provider is asked again about a payment that failed here without proof from the provider; undefined
 * when no charge can appear any more. The provider's search may lag by minutes, and a call that timed out may still
 * arrive; an authorization that appears is voided well within a quarter of an hour.
 * @param attempts how many were made before, from 0
 */
export function secondsUntilNextOrphanCheck(attempts: number): number | undefined {
  return [30, 120, 300, 3_600][attempts];
}
