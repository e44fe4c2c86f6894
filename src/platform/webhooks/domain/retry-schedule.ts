const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses before the second attempt, the third and so on; after the last one a delivery is a dead letter. */
export const RETRY_PAUSES_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
];
/** Up to this share is added to a pause, so that deliveries that failed together are not retried together. */
const JITTER = 0.2;
/** The longest pause that a `Retry-After` can ask for. */
export const RETRY_AFTER_MAX_MS = 24 * HOUR_MS;

/**
 * The pause after a failed attempt.
 * @param attempts made so far, this one included
 * @param retryAfterMs what the endpoint asked for; it can only lengthen the pause
 * @param chance from 0 to below 1
 * @returns undefined when it was the last attempt
 */
export function pauseAfter(attempts: number, retryAfterMs: number | undefined, chance: number): number | undefined {
  const pauseMs = RETRY_PAUSES_MS[attempts - 1];
  if (pauseMs === undefined) return undefined;
  const askedMs = Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  return Math.round(Math.max(pauseMs, askedMs) * (1 + JITTER * chance));
}

/** Reads a `Retry-After`: seconds or an HTTP date. @returns undefined for anything else */
export function readRetryAfter(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND_MS;
  const date = Date.parse(text);
  return Number.isNaN(date) || !text.endsWith('GMT') ? undefined : Math.max(0, date - now.getTime());
}
