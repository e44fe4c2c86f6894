import { RepeatingTask, type RepeatingTaskOptions } from './repeating-task.js';

const EVERY_MS = 1_000;
const DEADLINE_MS = 60_000;
const STEP_MAX_MS = 16_000;

describe('a repeating task', () => {
  let runs: number;
  let ends: (() => void)[];
  let failures: unknown[];
  let task: RepeatingTask;

  /** Each run ends when the test says so. */
  function repeat(options: Partial<RepeatingTaskOptions> = {}): RepeatingTask {
    task = new RepeatingTask({
      everyMs: EVERY_MS,
      deadlineMs: DEADLINE_MS,
      run: () => {
        runs++;
        return new Promise<void>((resolve) => {
          ends.push(resolve);
        });
      },
      onFailure: (error) => failures.push(error),
      ...options,
    });
    void task.start();
    return task;
  }

  const endRun = async (): Promise<void> => {
    ends.shift()?.();
    await jest.advanceTimersByTimeAsync(0);
  };
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  beforeEach(() => {
    jest.useFakeTimers();
    runs = 0;
    ends = [];
    failures = [];
  });
  afterEach(async () => {
    const stopped = task.stop();
    ends.forEach((end) => end());
    await stopped;
    jest.useRealTimers();
  });

  it('begins at once or after its interval', async () => {
    repeat();
    await pass(EVERY_MS - 1);
    expect(runs).toBe(0);
    await pass(1);
    expect(runs).toBe(1);
    repeat({ startsAtOnce: true });
    expect(runs).toBe(2);
  });

  it('skips the runs that a long one overlaps and keeps the rhythm after it', async () => {
    repeat({ startsAtOnce: true });
    await pass(EVERY_MS * 2.5);
    expect(runs).toBe(1);
    await endRun();
    await pass(EVERY_MS / 2 - 1);
    expect(runs).toBe(1);
    await pass(1);
    expect(runs).toBe(2);
  });

  it('waits for the run under way when it is stopped, aborts its signal, and begins none after it', async () => {
    let signal: AbortSignal | undefined;
    let end = (): void => undefined;
    repeat({
      startsAtOnce: true,
      run: (given) => {
        runs++;
        signal = given;
        return new Promise<void>((resolve) => {
          end = resolve;
        });
      },
    });
    let isStopped = false;
    const stopped = task.stop().then(() => (isStopped = true));
    task.runSooner();
    await pass(EVERY_MS);
    expect([isStopped, signal?.aborted]).toEqual([false, true]);
    end();
    await stopped;
    await pass(EVERY_MS * 3);
    expect(runs).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('waits no longer for a run that does not end than a step may take', async () => {
    repeat({ startsAtOnce: true });
    let isStopped = false;
    void task.stop().then(() => (isStopped = true));
    await pass(STEP_MAX_MS - 1);
    expect(isStopped).toBe(false);
    await pass(5);
    expect(isStopped).toBe(true);
  });

  it('aborts the signal of a run at its deadline, and of no other one', async () => {
    const signals: AbortSignal[] = [];
    repeat({
      startsAtOnce: true,
      deadlineMs: 500,
      run: async (signal) => {
        signals.push(signal);
        if (signals.length > 1) return;
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
      },
    });
    await pass(499);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await pass(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await pass(EVERY_MS);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(failures).toEqual([]);
  });

  it('reports a run once that does not end after its deadline, and begins no other beside it', async () => {
    repeat({ startsAtOnce: true, deadlineMs: 500 });
    await pass(500 + STEP_MAX_MS - 1);
    expect(failures).toEqual([]);
    await pass(EVERY_MS * 100);
    expect(failures).toMatchObject([{ name: 'DeadlineExceededError' }]);
    expect(runs).toBe(1);
    await endRun();
    await pass(EVERY_MS);
    expect([runs, failures.length]).toEqual([2, 1]);
  });

  it('reports a run that fails and goes on, after a pause of its own where there is one', async () => {
    const broken = new Error('broken');
    repeat({ startsAtOnce: true, retryAfterMs: 100, run: () => (runs++, Promise.reject(broken)) });
    await pass(0);
    expect(failures).toEqual([broken]);
    await pass(100);
    expect(runs).toBe(2);
  });

  it('survives a run that throws before it gives a promise', async () => {
    repeat({
      startsAtOnce: true,
      run: () => {
        runs++;
        throw new Error('broken');
      },
    });
    await pass(EVERY_MS);
    expect([runs, failures.length]).toEqual([2, 2]);
  });

  it('pauses as long as the run says', async () => {
    repeat({ startsAtOnce: true, run: () => (runs++, Promise.resolve(5_000)) });
    await pass(4_999);
    expect(runs).toBe(1);
    await pass(1);
    expect(runs).toBe(2);
  });

  it('runs sooner when asked, apart from the last run by the least time', async () => {
    repeat({ startsAtOnce: true, apartMinMs: 300 });
    await endRun();
    await pass(100);
    for (let n = 0; n < 5; n++) task.runSooner();
    await pass(199);
    expect(runs).toBe(1);
    await pass(1);
    expect(runs).toBe(2);
  });

  it('does not run sooner than it is started', async () => {
    task = new RepeatingTask({
      everyMs: EVERY_MS,
      deadlineMs: DEADLINE_MS,
      run: () => (runs++, Promise.resolve()),
      onFailure: () => undefined,
    });
    task.runSooner();
    await pass(EVERY_MS);
    expect(runs).toBe(0);
  });

  it('runs once more after the run under way when asked during it', async () => {
    repeat({ startsAtOnce: true });
    task.runSooner();
    task.runSooner();
    await endRun();
    expect(runs).toBe(2);
    await endRun();
    await pass(EVERY_MS - 1);
    expect(runs).toBe(2);
  });

  it('shortens its pauses by no more than the jitter', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    repeat({ jitter: 0.2 });
    await pass(EVERY_MS * 0.9 - 1);
    expect(runs).toBe(0);
    await pass(1);
    expect(runs).toBe(1);
  });
});
