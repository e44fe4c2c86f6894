import fc from 'fast-check';
import { toEntry, type CacheEntry } from './cache-entry.js';
import { MemoryLayer } from './memory-layer.js';

const entryOf = (bytes: number, tags: string[] = []): CacheEntry =>
  toEntry({ body: Buffer.alloc(bytes), etag: '"x"', version: 1, asOf: 0, tags, ttlOnly: false }, 1_000);

describe('the memory layer', () => {
  it('never holds more than its bytes, whatever is put in and taken out', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            key: fc.integer({ min: 0, max: 30 }),
            bytes: fc.integer({ min: 0, max: 3_000 }),
            remove: fc.boolean(),
          }),
          { maxLength: 200 },
        ),
        (steps) => {
          const memory = new MemoryLayer(20_000);
          for (const { key, bytes, remove } of steps) {
            if (remove) memory.delete(`k${key}`);
            else memory.set(`k${key}`, entryOf(bytes, ['t']), true);
            expect(memory.bytesUsed).toBeLessThanOrEqual(20_000);
          }
          for (const key of memory.keysOf('t')) expect(memory.has(key)).toBe(true);
          for (let key = 0; key <= 30; key++) memory.delete(`k${key}`);
          expect([memory.bytesUsed, memory.size, [...memory.keysOf('t')]]).toEqual([0, 0, []]);
        },
      ),
    );
  });

  it('evicts entries without a hit before those with one', () => {
    const memory = new MemoryLayer(6 * 1_500);
    for (const key of ['a', 'b', 'c', 'd', 'e']) memory.set(key, entryOf(1_000));
    for (const key of ['a', 'c', 'd', 'e']) memory.get(key);
    memory.set('f', entryOf(1_000));
    memory.set('g', entryOf(1_000));
    expect(memory.has('b')).toBe(false);
    expect(memory.has('a')).toBe(true);
  });

  it('keeps nothing when it may keep nothing, and nothing larger than all of it', () => {
    expect(new MemoryLayer(0).set('a', entryOf(10)).get('a')).toBeUndefined();
    const memory = new MemoryLayer(2_000);
    memory.set('a', entryOf(10)).set('b', entryOf(5_000));
    expect([memory.has('a'), memory.has('b')]).toEqual([true, false]);
  });

  it('finds the entries that are made of something, and forgets those that were replaced', () => {
    const memory = new MemoryLayer(100_000);
    memory
      .set('page', entryOf(10, ['x', 'y']), true)
      .set('page', entryOf(10, ['y']), true)
      .set('item', entryOf(10, ['y']));
    expect([[...memory.keysOf('x')], [...memory.keysOf('y')]]).toEqual([[], ['page']]);
  });

  it('names the most served first', () => {
    const memory = new MemoryLayer(100_000);
    for (const hits of [3, 9, 1, 7]) memory.set(`k${hits}`, Object.assign(entryOf(1), { hits }));
    expect(memory.hottest(3).map(({ key }) => key)).toEqual(['k9', 'k7', 'k3']);
  });
});
