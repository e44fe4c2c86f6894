import { SharedExecutions } from './shared-executions.js';

const answer = { status: 201, headers: {}, body: Buffer.from('{}') };

function open<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((...callbacks) => ([resolve, reject] = callbacks));
  return { promise, resolve, reject };
}

describe('SharedExecutions', () => {
  it('gives every waiter the answer of the one that leads', async () => {
    const executions = new SharedExecutions(10);
    const work = open<{ answer: typeof answer }>();
    const lead = executions.lead('a', () => work.promise);
    const waiters = [executions.wait('a', 1_000), executions.wait('a', 1_000)];
    work.resolve({ answer });
    await expect(lead).resolves.toEqual({ answer });
    await expect(Promise.all(waiters)).resolves.toEqual([{ answer }, { answer }]);
  });

  it('lets a waiter lead when the leader ended without an answer', async () => {
    const executions = new SharedExecutions(10);
    const work = open<{ answer: typeof answer }>();
    const lead = executions.lead('a', () => work.promise);
    const waiter = executions.wait('a', 1_000);
    work.reject(new Error('released'));
    await expect(lead).rejects.toThrow('released');
    await expect(waiter).resolves.toBeUndefined();
    expect(executions.isRunning('a')).toBe(false);
  });

  it('refuses at once when as many wait as may', async () => {
    const executions = new SharedExecutions(1);
    const work = open<{ answer: typeof answer }>();
    const lead = executions.lead('a', () => work.promise);
    const first = executions.wait('a', 1_000);
    await expect(executions.wait('a', 1_000)).resolves.toBe('late');
    work.resolve({ answer });
    await Promise.all([lead, first]);
  });

  it('ends a wait when its time is over', async () => {
    const executions = new SharedExecutions(1);
    const work = open<{ answer: typeof answer }>();
    const lead = executions.lead('a', () => work.promise);
    await expect(executions.wait('a', 1)).resolves.toBe('late');
    work.resolve({ answer });
    await lead;
  });
});
