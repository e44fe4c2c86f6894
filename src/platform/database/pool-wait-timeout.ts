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

export interface Patience {
  /** Nobody waits longer than this for a pool that gives nothing back. */
  readonly stallMs: number;
  /** Told how long each caller waited, served or refused: the leading indicator of a pool that is too small. */
  readonly observe?: (waitMs: number) => void;
}

/** More than this wait for nothing: they would all be late. */
const WAITERS_MAX = 1_000;
const LOOK_EVERY_MS = 50;
/** What the pool itself says when its time is over; it becomes a 503. */
const REFUSAL = 'timeout exceeded when trying to connect';

/** The driver's own pool, which TypeORM calls its master. */
export function poolOf(source: DataSource): Pool {
  return (source.driver as unknown as { master: Pool }).master;
}

/** Notes how long callers of one pool wait. */
export function waitMeter(labels: Pick<PoolFigures, 'target' | 'context' | 'server'>): (waitMs: number) => void {
  const { target, context, server } = labels;
  return (waitMs) => metrics.dbPoolWait.observe({ target, context, server }, waitMs / 1_000);
}

/**
 * Tells a queue that moves from one that stands. The pool knows one time-out: short, it turns away buyers of a rush that
 * would have had their turn in a second; long, everybody hangs when locks hold every connection. With this the pool's own
 * time-out may be long, and whoever waits while nothing at all comes back is refused after `stallMs`.
 */
export function refuseWhenStalled(pool: Pool, { stallMs, observe }: Patience): void {
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
      // Nobody waits for it any more: it is the next one's.
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
    timer ??= setInterval(look, LOOK_EVERY_MS).unref();
  }
  function look(): void {
    const now = performance.now();
    if (now - movedAt > stallMs) for (const waiter of waiters) if (now - waiter.since > stallMs) waiter.refuse();
    if (waiters.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }
}
