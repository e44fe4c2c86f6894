import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for work, but no longer than this; the work itself may go on.
 * @throws Error with the message when the time is over
 */
export async function withinTime<T>(work: Promise<T>, timeoutMs: number, message: string): Promise<T> {
  const ended = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: ended.signal }).then(() => Promise.reject(new Error(message)));
  // The loser of the race must not become an unhandled rejection.
  work.catch(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort();
  }
}
