import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { metrics, type PoolFigures } from '../observability/index.js';

type Taken = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

interface Waiter {
  readonly since: number;
  readonly refuse: () => void;
}

export interface PoolWaitOptions {
  /** The longest wait for a pool to which no client is returned. */
  readonly stallMs: number;
  /** Called with how long each caller waited, served or refused: the leading indicator of a pool that is too small. */
  readonly observe?: (waitMs: number) => void;
}

/** More callers than this would all be late. */
const WAITERS_MAX = 1_000;
const CHECK_EVERY_MS = 50;
/** The pool's own message when its time-out ends; it becomes a 503. */
const REFUSAL = 'timeout exceeded when trying to connect';

/** The driver's own pool, which TypeORM calls its master. */
export function poolOf(source: DataSource): Pool {
  return (source.driver as unknown as { master: Pool }).master;
}

/** Measures how long callers of one pool wait. */
export function waitMeter(labels: Pick<PoolFigures, 'target' | 'context' | 'server'>): (waitMs: number) => void {
  const { target, context, server } = labels;
  return (waitMs) => metrics.dbPoolWait.observe({ target, context, server }, waitMs / 1_000);
}

/**
 * Tells a queue that moves from one that stalls. The pool has one time-out: a short one refuses buyers in a rush who
 * would have had their turn within a second; with a long one every caller hangs when locks hold every connection. With
 * this the pool's own time-out may be long, and callers that wait while no client is returned are refused after
 * `stallMs`.
 */
export function refuseWhenStalled(pool: Pool, { stallMs, observe }: PoolWaitOptions): void {
  const waiters = new Set<Waiter>();
  let movedAt = performance.now();
  pool.on('release', () => {
    movedAt = performance.now();
  });
  const connect = pool.connect.bind(pool) as (taken: Taken) => void;
  const take = (taken: Taken): void => {
    if (waiters.size >= WAITERS_MAX) return taken(new Error(REFUSAL), undefined, () => undefined);
    let isRefused = false;
    const waiter: Waiter = {
      since: performance.now(),
      refuse: () => {
        isRefused = true;
        leave();
        taken(new Error(REFUSAL), undefined, () => undefined);
      },
    };
    const leave = (): void => {
      waiters.delete(waiter);
      observe?.(performance.now() - waiter.since);
    };
    waiters.add(waiter);
    watch();
    connect((error, client, release) => {
      // Its caller was refused: the client is for the next one.
      if (isRefused) return client && release();
      leave();
      taken(error, client, release);
    });
  };
  pool.connect = ((taken?: Taken) =>
    taken
      ? take(taken)
      : new Promise<PoolClient>((resolve, reject) =>
          take((error, client) => (client ? resolve(client) : reject(error ?? new Error(REFUSAL)))),
        )) as Pool['connect'];

  let timer: NodeJS.Timeout | undefined;
  function watch(): void {
    timer ??= setInterval(check, CHECK_EVERY_MS).unref();
  }
  function check(): void {
    const now = performance.now();
    if (now - movedAt > stallMs) for (const waiter of waiters) if (now - waiter.since > stallMs) waiter.refuse();
    if (waiters.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }
}
