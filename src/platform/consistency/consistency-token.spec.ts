import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { CACHED_PREFIX, readToken, writeToken, type ConsistencyToken } from './consistency-token.js';

const key = randomBytes(32);
const NOW = 1_800_000_000_000;
const token: fc.Arbitrary<ConsistencyToken> = fc.record({
  position: fc.record({
    timeline: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    lsn: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  }),
  expiresAt: fc.integer({ min: NOW + 1, max: NOW + 1e9 }),
  wroteCached: fc.boolean(),
});

describe('a consistency token', () => {
  it('is read as it was written, and fits a header and a cookie', () => {
    fc.assert(
      fc.property(token, (written) => {
        const text = writeToken(key, written);
        expect(text).toMatch(/^[\w-]{49}$/);
        expect(text.startsWith(CACHED_PREFIX)).toBe(written.wroteCached);
        expect(readToken(key, text, NOW)).toEqual(written);
      }),
    );
  });

  it('is not read once it has expired', () => {
    fc.assert(
      fc.property(token, (written) =>
        expect(readToken(key, writeToken(key, written), written.expiresAt)).toBeUndefined(),
      ),
    );
  });

  it('is not read when one of its characters was changed', () => {
    fc.assert(
      fc.property(
        token,
        fc.integer({ min: 0, max: 48 }),
        fc.constantFrom(...'cobA9-_'),
        (written, place, character) => {
          const text = writeToken(key, written);
          fc.pre(text[place] !== character);
          const changed = text.slice(0, place) + character + text.slice(place + 1);
          expect(readToken(key, changed, NOW)).toBeUndefined();
        },
      ),
    );
  });

  it('is not read with another key, nor is any other text', () => {
    fc.assert(
      fc.property(token, (written) =>
        expect(readToken(randomBytes(32), writeToken(key, written), NOW)).toBeUndefined(),
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => expect(readToken(key, text, NOW)).toBeUndefined()));
  });
});
