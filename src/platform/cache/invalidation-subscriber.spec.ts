import type { InvalidationMessage, Change } from './invalidation-message.js';
import { toEntry, type CacheEntry } from './cache-entry.js';
import { InvalidationSubscriber } from './invalidation-subscriber.js';

const entryOf = (version: number): CacheEntry =>
  toEntry({ body: Buffer.from('x'), etag: '"x"', version, asOf: 0, tags: ['a'], ttlOnly: false }, 1_000);

const message = (number: number, parts: Partial<InvalidationMessage> = {}): InvalidationMessage => ({
  leader: 'one',
  number,
  first: true,
  from: 100,
  next: 100,
  changes: [],
  completeAt: 1_000,
  ...parts,
});

function follower(...announcements: InvalidationMessage[]): { follower: InvalidationSubscriber; heard: Change[] } {
  const heard: Change[] = [];
  const made = new InvalidationSubscriber();
  for (const announcement of announcements) made.receive(announcement, 5_000, (...change) => heard.push(change));
  return { follower: made, heard };
}

describe('a follower of changes', () => {
  it('that has heard nothing covers nothing', () => {
    expect(new InvalidationSubscriber().covers(Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  it('covers readings from where the first look began', () => {
    const { follower: from } = follower(message(7, { from: 100, next: 120 }));
    expect([from.covers(99), from.covers(100), from.at]).toEqual([false, true, 1_000]);
  });

  it('keeps its run while the numbers follow one another, also over parts of a look', () => {
    const { follower: steady } = follower(
      message(7),
      message(8, { completeAt: null }),
      message(9, { first: false, completeAt: 2_000 }),
    );
    const { follower: alone } = follower(message(7));
    expect([steady.epoch, steady.at]).toEqual([alone.epoch, 2_000]);
  });

  it.each([
    ['a message is lost', message(9, { from: 140, completeAt: 3_000 })],
    ['another leads', message(8, { leader: 'two', from: 140, completeAt: 3_000 })],
  ])('begins a new run when %s: what it holds no longer follows', (_what, next) => {
    const entry = entryOf(110);
    const { follower: broken } = follower(message(7));
    broken.adopt(entry);
    broken.receive(next, 5_000, () => undefined);
    expect(entry.epoch).not.toBe(broken.epoch);
    expect([broken.covers(139), broken.covers(140), broken.at]).toEqual([false, true, 3_000]);
  });

  it('believes nothing of a look whose beginning it missed, and covers what comes after it', () => {
    const { follower: late } = follower(
      message(7),
      message(9, { first: false, from: 100, next: 150, completeAt: 3_000 }),
    );
    expect([late.at, late.covers(149), late.covers(150)]).toEqual([0, false, true]);
    late.receive(message(10, { from: 150, completeAt: 4_000 }), 5_000, () => undefined);
    expect(late.at).toBe(4_000);
  });

  it('hands each change on before it takes the rest for true', () => {
    const seen: number[] = [];
    const { follower: before } = follower(message(7));
    before.receive(message(8, { changes: [['a', 105]], completeAt: 2_000 }), 5_000, () => seen.push(before.at));
    expect(seen).toEqual([1_000]);
  });

  it('knows which readings lack a change, and since when', () => {
    const { follower: told } = follower(message(7, { changes: [['a', 105]] }));
    expect([told.lastChange(['b', 'a'], 105), told.lastChange(['a'], 106), told.lastChange(['b'], 1)]).toEqual([
      5_000,
      undefined,
      undefined,
    ]);
    told.receive(message(8, { changes: [['a', 105]] }), 9_000, () => undefined);
    expect(told.lastChange(['a'], 105)).toBe(5_000);
    expect([told.changedAfter(['a'], 4_999), told.changedAfter(['a'], 5_000)]).toEqual([true, false]);
  });

  it('takes haste from anybody without letting it count as a look', () => {
    const { follower: hurried, heard } = follower(
      message(7),
      message(0, { leader: 'staff', changes: [['a', 130]], completeAt: null }),
      message(8, { completeAt: 2_000 }),
    );
    expect(heard).toEqual([['a', 130]]);
    expect(hurried.at).toBe(2_000);
  });

  it('covers no reading from before the changes that it has forgotten', () => {
    const { follower: old } = follower(message(7, { changes: [['a', 105]] }));
    old.receive(message(8, { changes: [['b', 205]] }), 5_000 + 120_001, () => undefined);
    expect(old.lastChange(['a'], 1)).toBeUndefined();
    expect([old.covers(105), old.covers(106)]).toEqual([false, true]);
  });

  it('never believes a look from the future', () => {
    expect(follower(message(7, { completeAt: 99_000 })).follower.at).toBe(5_000);
  });
});
