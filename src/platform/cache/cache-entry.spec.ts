import fc from 'fast-check';
import { decodeEntry, encodeEntry } from './cache-entry.js';

const stored = fc.record({
  body: fc.option(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    { nil: undefined },
  ),
  etag: fc.constantFrom('', '"3.17.abc-_"'),
  version: fc.nat(),
  asOf: fc.nat(),
  tags: fc.array(fc.uuid(), { maxLength: 5 }),
  ttlOnly: fc.boolean(),
});

describe('a stored entry', () => {
  it('comes back as it was, whatever its bytes are', () => {
    fc.assert(fc.property(stored, (entry) => expect(decodeEntry(encodeEntry(entry))).toEqual(entry)));
  });

  it('may be a second name for another', () => {
    const pointer = { version: 7, asOf: 9, target: 'item:019a9f3c-7b1e-7c4e-9a53-0d6f1f3b8e21' };
    expect(decodeEntry(encodeEntry(pointer))).toEqual(pointer);
  });

  it.each(['', 'garbage', 'B0 1 2 f some "x" -\nbody', 'B1 x 2 f some "x" -\nbody', 'B1 1\nbody'])(
    'that is none of ours is none: %j',
    (text) => {
      expect(decodeEntry(Buffer.from(text))).toBeUndefined();
    },
  );
});
