import { DeadlineExceededError, resultOrLate, withDeadline } from './deadline.js';

const never = new Promise<never>(() => undefined);

describe('a deadline', () => {
  const unhandled: unknown[] = [];
  const collect = (reason: unknown): void => void unhandled.push(reason);

  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', collect);
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
    process.off('unhandledRejection', collect);
  });

  it('gives the outcome of work that ends in time and leaves no timer', async () => {
    await expect(withDeadline(Promise.resolve(1), 1_000)).resolves.toBe(1);
    await expect(withDeadline(() => Promise.reject(new Error('broken')), 1_000)).rejects.toThrow('broken');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects with its message when the work is late and leaves no timer', async () => {
    const late = expect(withDeadline(never, 1_000, 'The queue did not answer.')).rejects.toThrow(
      new DeadlineExceededError('The queue did not answer.'),
    );
    await jest.advanceTimersByTimeAsync(1_005);
    await late;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives another value when the work is late', async () => {
    const outcome = resultOrLate(never, 1_000, 'late');
    await jest.advanceTimersByTimeAsync(1_005);
    await expect(outcome).resolves.toBe('late');
  });

  it('ignores how work that is late ends', async () => {
    let fail: (reason: Error) => void = () => undefined;
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const outcome = resultOrLate(work, 1_000, 'late');
    await jest.advanceTimersByTimeAsync(1_005);
    await outcome;
    fail(new Error('too late to matter'));
    jest.useRealTimers();
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    expect(unhandled).toEqual([]);
  });

  it('takes an answer that arrived while the process itself was busy past the deadline', async () => {
    jest.useRealTimers();
    const answer = new Promise<string>((resolve) => {
      setImmediate(() => resolve('answered'));
    });
    const outcome = withDeadline(answer, 5);
    const until = performance.now() + 20;
    while (performance.now() < until);
    await expect(outcome).resolves.toBe('answered');
  });
});
