import fc from 'fast-check';
import { later, parseLsn } from './wal-position.js';

const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const asText = (position: bigint): string =>
  `${(position >> 32n).toString(16).toUpperCase()}/${(position & 0xffff_ffffn).toString(16).toUpperCase()}`;

describe('a position in the log', () => {
  it('is read as the server writes it, whatever it is', () => {
    fc.assert(fc.property(lsn, (position) => expect(parseLsn(asText(position))).toBe(position)));
  });

  it.each(['', '16', '16/', '/16', 'G/0', '16/B374D848/1', '-1/0', '123456789/0'])('is not read from %j', (text) => {
    expect(() => parseLsn(text)).toThrow('is no position');
  });

  it('of the newer timeline is the later one; on one timeline the one further on', () => {
    const position = fc.record({ timeline: fc.integer({ min: 1, max: 3 }), lsn });
    fc.assert(
      fc.property(position, position, (a, b) => {
        const last = later(a, b);
        expect([a, b]).toContain(last);
        for (const other of [a, b])
          expect(last.timeline > other.timeline || (last.timeline === other.timeline && last.lsn >= other.lsn)).toBe(
            true,
          );
      }),
    );
  });
});
