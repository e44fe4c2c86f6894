import type { Change, InvalidationMessage } from './invalidation-message.js';
import { InvalidationSubscriber } from './invalidation-subscriber.js';

const NOW = 5_000;

const message = (number: number, parts: Partial<InvalidationMessage> = {}): InvalidationMessage => ({
  publisherId: 'one',
  number,
  first: true,
  from: 100,
  next: 100,
  changes: [],
  completeAt: 1_000,
  ...parts,
});

function subscriberAfter(...messages: InvalidationMessage[]): {
  subscriber: InvalidationSubscriber;
  invalidated: Change[];
} {
  const invalidated: Change[] = [];
  const subscriber = new InvalidationSubscriber();
  for (const received of messages) subscriber.receive(received, NOW, (...change) => invalidated.push(change));
  return { subscriber, invalidated };
}

describe('the invalidation subscriber', () => {
  it('covers nothing before its first message', () => {
    expect(new InvalidationSubscriber().covers(Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  it('covers reads from where the first run began', () => {
    const { subscriber } = subscriberAfter(message(7, { from: 100, next: 120 }));
    expect([subscriber.covers(99), subscriber.covers(100), subscriber.at]).toEqual([false, true, 1_000]);
  });

  it('keeps its epoch while the numbers are consecutive, also over the parts of a run', () => {
    const { subscriber } = subscriberAfter(
      message(7),
      message(8, { completeAt: null }),
      message(9, { first: false, completeAt: 2_000 }),
    );
    const { subscriber: afterOne } = subscriberAfter(message(7));
    expect([subscriber.epoch, subscriber.at]).toEqual([afterOne.epoch, 2_000]);
  });

  it.each([
    ['a message is lost', message(9, { from: 140, completeAt: 3_000 })],
    ['another process publishes', message(8, { publisherId: 'two', from: 140, completeAt: 3_000 })],
  ])('begins a new epoch when %s', (_what, next) => {
    const { subscriber } = subscriberAfter(message(7));
    const { epoch } = subscriber;
    subscriber.receive(next, NOW, () => undefined);
    expect(subscriber.epoch).not.toBe(epoch);
    expect([subscriber.covers(139), subscriber.covers(140), subscriber.at]).toEqual([false, true, 3_000]);
  });

  it('takes no watermark from a run whose first message it missed, and covers what comes after it', () => {
    const { subscriber } = subscriberAfter(
      message(7),
      message(9, { first: false, from: 100, next: 150, completeAt: 3_000 }),
    );
    expect([subscriber.at, subscriber.covers(149), subscriber.covers(150)]).toEqual([0, false, true]);
    subscriber.receive(message(10, { from: 150, completeAt: 4_000 }), NOW, () => undefined);
    expect(subscriber.at).toBe(4_000);
  });

  it('invalidates for each change before it moves the watermark', () => {
    const watermarks: number[] = [];
    const { subscriber } = subscriberAfter(message(7));
    subscriber.receive(message(8, { changes: [['a', 105]], completeAt: 2_000 }), NOW, () =>
      watermarks.push(subscriber.at),
    );
    expect(watermarks).toEqual([1_000]);
  });

  it('tells which reads lack a change, and since when', () => {
    const { subscriber } = subscriberAfter(message(7, { changes: [['a', 105]] }));
    expect([
      subscriber.lastChange(['b', 'a'], 105),
      subscriber.lastChange(['a'], 106),
      subscriber.lastChange(['b'], 1),
    ]).toEqual([NOW, undefined, undefined]);
    subscriber.receive(message(8, { changes: [['a', 105]] }), 9_000, () => undefined);
    expect(subscriber.lastChange(['a'], 105)).toBe(NOW);
    expect([subscriber.changedAfter(['a'], NOW - 1), subscriber.changedAfter(['a'], NOW)]).toEqual([true, false]);
  });

  it("takes a writer's early message without counting it as part of a run", () => {
    const { subscriber, invalidated } = subscriberAfter(
      message(7),
      message(0, { publisherId: 'staff', changes: [['a', 130]], completeAt: null }),
      message(8, { completeAt: 2_000 }),
    );
    expect(invalidated).toEqual([['a', 130]]);
    expect(subscriber.at).toBe(2_000);
  });

  it('covers no read older than a change that it has dropped', () => {
    const { subscriber } = subscriberAfter(message(7, { changes: [['a', 105]] }));
    subscriber.receive(message(8, { changes: [['b', 205]] }), NOW + 120_001, () => undefined);
    expect(subscriber.lastChange(['a'], 1)).toBeUndefined();
    expect([subscriber.covers(105), subscriber.covers(106)]).toEqual([false, true]);
  });

  it('moves its watermark no further than the present', () => {
    expect(subscriberAfter(message(7, { completeAt: 99_000 })).subscriber.at).toBe(NOW);
  });
});
