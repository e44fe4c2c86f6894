import { setTimeout as wait } from 'node:timers/promises';
import type { ApiAnswer } from './api-client.js';

const GAP_MS = 250;

/**
 * Repeats a request with its key after a broken connection, a time-out, a 5xx, a 202 and "in progress", until there is
 * a final answer.
 */
export async function retryUntilFinal<T>(send: () => Promise<ApiAnswer<T>>, withinMs = 90_000): Promise<ApiAnswer<T>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { answer, failure } = await send().then(
      (received) => ({ answer: received, failure: undefined }),
      (error: unknown) => ({ answer: undefined, failure: `${String(error)} ${String((error as Error).cause ?? '')}` }),
    );
    if (answer && !isProvisional(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`There was no final answer: ${failure ?? `${answer?.status} ${answer?.text}`}`);
    await wait(GAP_MS);
  }
}

function isProvisional({ status, body }: ApiAnswer<unknown>): boolean {
  return (
    status >= 500 ||
    status === 202 ||
    status === 429 ||
    (status === 409 && (body as { code?: string }).code === 'idempotency_in_progress')
  );
}
