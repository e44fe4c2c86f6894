import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import type { Pool, PoolClient } from 'pg';
import { refuseWhenStalled } from './pool-wait-timeout.js';

type Taken = (error: Error | undefined, client: PoolClient | undefined, release: () => void) => void;

const STALL_MS = 1_000;
const WAITERS_MAX = 1_000;

/** Hands over clients when the test says so, in the order in which they were asked for. */
class ScriptedPool extends EventEmitter {
  readonly asking: Taken[] = [];
  handedOver = 0;
  released = 0;

  connect(taken: Taken): void {
    this.asking.push(taken);
  }

  /** Gives a client to the caller that has waited longest. */
  handOver(): void {
    const taken = this.asking.shift();
    if (!taken) return;
    this.handedOver++;
    let isBack = false;
    taken(undefined, { id: this.handedOver } as unknown as PoolClient, () => {
      if (isBack) throw new Error('Release called on client which has already been released to the pool.');
      isBack = true;
      this.released++;
      this.emit('release');
    });
  }

  fail(error: Error): void {
    this.asking.shift()?.(error, undefined, () => undefined);
  }
}

interface Buyer {
  readonly answers: ('served' | string)[];
  release?: () => void;
}

describe('refuseWhenStalled', () => {
  let pool: ScriptedPool;

  beforeEach(() => {
    jest.useFakeTimers();
    pool = new ScriptedPool();
    refuseWhenStalled(pool as unknown as Pool, { stallMs: STALL_MS });
  });

  afterEach(() => jest.useRealTimers());

  const come = (): Buyer => {
    const buyer: Buyer = { answers: [] };
    pool.connect((error, client, release) => {
      buyer.answers.push(client ? 'served' : (error?.message ?? ''));
      if (client) buyer.release = release;
    });
    return buyer;
  };
  const refusal = expect.stringContaining('timeout exceeded') as string;

  it('refuses callers that wait while no client is returned, and no sooner', () => {
    const buyer = come();
    jest.advanceTimersByTime(STALL_MS - 50);
    expect(buyer.answers).toEqual([]);
    jest.advanceTimersByTime(150);
    expect(buyer.answers).toEqual([refusal]);
  });

  it('lets every caller wait while clients are returned, however long', () => {
    const [first, last] = [come(), come()];
    pool.handOver();
    for (let n = 0; n < 10; n++) {
      jest.advanceTimersByTime(STALL_MS - 100);
      pool.emit('release');
    }
    expect([first.answers, last.answers]).toEqual([['served'], []]);
    pool.handOver();
    expect(last.answers).toEqual(['served']);
  });

  it('gives each their full time, also those who come when nothing has moved for long', () => {
    const early = come();
    jest.advanceTimersByTime(STALL_MS - 100);
    const late = come();
    jest.advanceTimersByTime(200);
    expect([early.answers, late.answers]).toEqual([[refusal], []]);
    jest.advanceTimersByTime(STALL_MS);
    expect(late.answers).toEqual([refusal]);
  });

  it('returns the client that comes for a refused caller', () => {
    const buyer = come();
    jest.advanceTimersByTime(STALL_MS + 100);
    pool.handOver();
    expect(buyer.answers).toEqual([refusal]);
    expect([pool.handedOver, pool.released]).toEqual([1, 1]);
  });

  it('does not call a refused caller again when the pool fails it too', () => {
    const buyer = come();
    jest.advanceTimersByTime(STALL_MS + 100);
    pool.fail(new Error('the server is gone'));
    expect(buyer.answers).toEqual([refusal]);
  });

  it('passes on why the pool fails, and refuses those to whom it promised a client', async () => {
    const buyer = come();
    pool.fail(new Error('the server is gone'));
    expect(buyer.answers).toEqual(['the server is gone']);
    const promised = (pool as unknown as Pool).connect();
    jest.advanceTimersByTime(STALL_MS + 100);
    await expect(promised).rejects.toThrow('timeout exceeded');
    const kept = (pool as unknown as Pool).connect();
    pool.handOver();
    pool.handOver();
    await expect(kept).resolves.toEqual({ id: 2 });
  });

  it('refuses at once when too many wait, and takes the next when one has been served', () => {
    const waiting = Array.from({ length: WAITERS_MAX }, come);
    expect(come().answers).toEqual([refusal]);
    pool.handOver();
    expect([waiting[0]?.answers, come().answers]).toEqual([['served'], []]);
    expect(pool.asking).toHaveLength(WAITERS_MAX);
  });

  it('observes how long each caller waited, once, served or refused', () => {
    const waits: number[] = [];
    pool = new ScriptedPool();
    refuseWhenStalled(pool as unknown as Pool, {
      stallMs: STALL_MS,
      observe: (waitMs) => waits.push(Math.round(waitMs)),
    });
    come();
    jest.advanceTimersByTime(300);
    pool.handOver();
    come();
    jest.advanceTimersByTime(2 * STALL_MS);
    pool.handOver();
    expect(waits).toEqual([300, expect.any(Number)]);
    expect(waits[1]).toBeGreaterThan(STALL_MS);
  });

  it('runs no timer once no caller waits', () => {
    come();
    pool.handOver();
    jest.advanceTimersByTime(100);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('answers every caller once and loses no client, in whatever order they come, wait and leave', () => {
    const step = fc.oneof(
      fc.record({ does: fc.constantFrom('come', 'hand over', 'leave', 'fail') } as const),
      fc.record({ does: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2 * STALL_MS }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        pool = new ScriptedPool();
        refuseWhenStalled(pool as unknown as Pool, { stallMs: STALL_MS });
        const buyers: Buyer[] = [];
        const leave = (): void => {
          const buyer = buyers.find(({ release }) => release);
          const { release } = buyer ?? {};
          if (buyer) delete buyer.release;
          release?.();
        };
        for (const one of steps) {
          if (one.does === 'come') buyers.push(come());
          if (one.does === 'hand over') pool.handOver();
          if (one.does === 'leave') leave();
          if (one.does === 'fail') pool.fail(new Error('the server is gone'));
          if (one.does === 'wait') jest.advanceTimersByTime(one.ms);
        }
        const inUse = buyers.filter(({ release }) => release).length;
        expect(pool.handedOver - pool.released).toBe(inUse);
        // In the end the pool answers all: no caller waits for ever, and every client is returned.
        while (pool.asking.length > 0) pool.handOver();
        for (const _ of buyers) leave();
        expect(buyers.filter(({ answers }) => answers.length !== 1)).toEqual([]);
        expect(pool.released).toBe(pool.handedOver);
      }),
      { numRuns: 500 },
    );
  });
});
