import { Flights } from './flights.js';

const answer = { status: 201, headers: {}, body: Buffer.from('{}') };

function open<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((...callbacks) => ([resolve, reject] = callbacks));
  return { promise, resolve, reject };
}

describe('Flights', () => {
  it('gives every waiter the answer of the one that leads', async () => {
    const flights = new Flights(10);
    const work = open<{ answer: typeof answer }>();
    const lead = flights.lead('a', () => work.promise);
    const waiters = [flights.wait('a', 1_000), flights.wait('a', 1_000)];
    work.resolve({ answer });
    await expect(lead).resolves.toEqual({ answer });
    await expect(Promise.all(waiters)).resolves.toEqual([{ answer }, { answer }]);
  });

  it('lets a waiter lead when the leader ended without an answer', async () => {
    const flights = new Flights(10);
    const work = open<{ answer: typeof answer }>();
    const lead = flights.lead('a', () => work.promise);
    const waiter = flights.wait('a', 1_000);
    work.reject(new Error('released'));
    await expect(lead).rejects.toThrow('released');
    await expect(waiter).resolves.toBeUndefined();
    expect(flights.isFlying('a')).toBe(false);
  });

  it('refuses at once when as many wait as may', async () => {
    const flights = new Flights(1);
    const work = open<{ answer: typeof answer }>();
    const lead = flights.lead('a', () => work.promise);
    const first = flights.wait('a', 1_000);
    await expect(flights.wait('a', 1_000)).resolves.toBe('late');
    work.resolve({ answer });
    await Promise.all([lead, first]);
  });

  it('ends a wait when its time is over', async () => {
    const flights = new Flights(1);
    const work = open<{ answer: typeof answer }>();
    const lead = flights.lead('a', () => work.promise);
    await expect(flights.wait('a', 1)).resolves.toBe('late');
    work.resolve({ answer });
    await lead;
  });
});
