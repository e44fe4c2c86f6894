import type { Pool, PoolClient } from 'pg';
import { logger } from '../observability/index.js';

type Query = (...parts: unknown[]) => unknown;

/**
 * Closes a connection whose server has not answered a statement within `timeoutMs`. The server ends statements itself
 * (`statement_timeout`), but a server that is frozen, or a way to it that swallows packets, ends none: without this the
 * connection would be held until the kernel gives up, a quarter of an hour later, and with it its place in the pool.
 * The statement fails as with any lost connection; whether it was committed is as unknown as then.
 */
export function closeWhenUnanswered(pool: Pool, timeoutMs: number): void {
  const bounded = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => {
    if (bounded.has(client)) return;
    bounded.add(client);
    const query = client.query.bind(client) as Query;
    client.query = ((...parts) => run(client, timeoutMs, query, parts)) as Query as typeof client.query;
  });
}

/** Statements end in a callback, where the pool itself asks, or in a promise. */
function run(client: PoolClient, timeoutMs: number, query: Query, parts: unknown[]): unknown {
  const stopWatching = watch(client, timeoutMs);
  const callback = parts.at(-1);
  if (typeof callback === 'function') {
    const answered = (...answer: unknown[]): unknown => {
      stopWatching();
      return (callback as Query)(...answer);
    };
    return query(...parts.slice(0, -1), answered);
  }
  const answer = query(...parts);
  if (answer instanceof Promise) void answer.then(stopWatching, stopWatching);
  else stopWatching();
  return answer;
}

/** @returns a function that ends the watch */
function watch(client: PoolClient, timeoutMs: number): () => void {
  let isAnswered = false;
  const close = (): void => {
    if (isAnswered) return;
    logger.warn({ timeoutMs }, 'The database has not answered a statement for long; its connection is closed.');
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  };
  // A process that was busy itself reads first what came meanwhile, as in `background/deadline.ts`.
  const timer = setTimeout(() => setImmediate(() => setImmediate(close)), timeoutMs).unref();
  return () => {
    isAnswered = true;
    clearTimeout(timer);
  };
}
