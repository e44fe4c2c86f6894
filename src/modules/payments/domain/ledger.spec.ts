import fc from 'fast-check';
import { postCapture, postRefund, type LedgerEntry } from './ledger.js';

const amount = fc.bigInt({ min: 1n, max: 2n ** 100n });
/** Currencies with 2, 0 and 3 decimals: to the ledger a minor unit is a minor unit. */
const currency = fc.constantFrom('EUR', 'JPY', 'KWD');
const fact = fc.record({ isCapture: fc.boolean(), amount, currency });

const post = ({
  isCapture,
  amount: minor,
  currency: code,
}: {
  isCapture: boolean;
  amount: bigint;
  currency: string;
}): LedgerEntry[] => (isCapture ? postCapture(minor, code) : postRefund(minor, code));
const sum = (entries: readonly LedgerEntry[], matches: (entry: LedgerEntry) => boolean): bigint =>
  entries.filter(matches).reduce((total, entry) => total + entry.amountMinor, 0n);

describe('the ledger', () => {
  it('balances after any sequence of captures and refunds, in each posting and each currency', () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 200 }), (facts) => {
        const postings = facts.map(post);
        for (const posting of postings) expect(sum(posting, () => true)).toBe(0n);
        for (const code of ['EUR', 'JPY', 'KWD'])
          expect(sum(postings.flat(), (entry) => entry.currency === code)).toBe(0n);
      }),
    );
  });

  it('has in cash what was captured less what was refunded', () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 200 }), (facts) => {
        const expected = facts
          .filter(({ currency: code }) => code === 'EUR')
          .reduce((total, { isCapture, amount: minor }) => total + (isCapture ? minor : -minor), 0n);
        expect(sum(facts.flatMap(post), (entry) => entry.account === 'cash' && entry.currency === 'EUR')).toBe(
          expected,
        );
      }),
    );
  });

  it('names each account on its side: captures earn, refunds are kept apart from what was earned', () => {
    expect(postCapture(5n, 'EUR')).toEqual([
      { account: 'cash', currency: 'EUR', amountMinor: 5n },
      { account: 'revenue', currency: 'EUR', amountMinor: -5n },
    ]);
    expect(postRefund(2n, 'EUR')).toEqual([
      { account: 'refunds', currency: 'EUR', amountMinor: 2n },
      { account: 'cash', currency: 'EUR', amountMinor: -2n },
    ]);
  });

  it.each([0n, -1n])('posts no %d', (minor) => {
    expect(() => postCapture(minor, 'EUR')).toThrow(RangeError);
    expect(() => postRefund(minor, 'EUR')).toThrow(RangeError);
  });
});
