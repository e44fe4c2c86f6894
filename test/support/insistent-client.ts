import { setTimeout as wait } from 'node:timers/promises';
import type { ApiAnswer } from './api-client.js';

const GAP_MS = 250;

/**
 * Asks like a client that wants to know: the same request with the same key again after a broken connection, a time-out,
 * a 5xx and "in progress", until there is an answer that stays.
 */
export async function insist<T>(ask: () => Promise<ApiAnswer<T>>, withinMs = 90_000): Promise<ApiAnswer<T>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { answer, failure } = await ask().then(
      (received) => ({ answer: received, failure: undefined }),
      (error: unknown) => ({ answer: undefined, failure: `${String(error)} ${String((error as Error).cause ?? '')}` }),
    );
    if (answer && !isForLater(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`There was no final answer: ${failure ?? `${answer?.status} ${answer?.text}`}`);
    await wait(GAP_MS);
  }
}

function isForLater({ status, body }: ApiAnswer<unknown>): boolean {
  return (
    status >= 500 ||
    status === 202 ||
    status === 429 ||
    (status === 409 && (body as { code?: string }).code === 'idempotency_in_progress')
  );
}
