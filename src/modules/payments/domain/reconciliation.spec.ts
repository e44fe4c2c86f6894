import fc from 'fast-check';
import { compareBooks, type ChargeRecord, type PostedCash } from './reconciliation.js';

const NOW = 10_000_000_000;
const OLD = new Date(0);
const charge = (change: Partial<ChargeRecord> = {}): ChargeRecord => ({
  providerId: 'pi_1',
  paymentId: 'p1',
  state: 'captured',
  amountMinor: 100n,
  refundedMinor: 0n,
  currency: 'EUR',
  createdAt: OLD,
  ...change,
});
const cash = (cashMinor: bigint, paymentId = 'p1', currency = 'EUR'): PostedCash => ({
  paymentId,
  currency,
  cashMinor,
});
const kinds = (charges: ChargeRecord[], posted: PostedCash[]): string[] =>
  compareBooks(charges, posted, NOW).map(({ kind }) => kind);

describe('compareBooks', () => {
  it.each([
    ['a charge that was posted', [charge()], [cash(100n)], []],
    [
      'a charge that was given back in full, whether or not it was ever posted',
      [charge({ refundedMinor: 100n })],
      [],
      [],
    ],
    ['a hold that was let go', [charge({ state: 'none' })], [], []],
    ['a charge that nobody posted', [charge()], [], ['not_posted']],
    ['a posting without a charge', [], [cash(100n)], ['not_at_provider']],
    ['a refund that nobody posted', [charge({ refundedMinor: 30n })], [cash(100n)], ['amount_differs']],
    ['a posting in another currency', [charge()], [cash(100n, 'p1', 'USD')], ['not_posted', 'not_at_provider']],
    ['money that is held for long', [charge({ state: 'held' })], [], ['held']],
    [
      'two charges for one payment',
      [charge(), charge({ providerId: 'pi_2' })],
      [cash(100n)],
      ['charged_twice', 'amount_differs'],
    ],
  ] as const)('finds what is wrong about %s', (_, charges, posted, expected) => {
    expect(kinds([...charges], [...posted])).toEqual(expected);
  });

  it('says of the young that they may be settling', () => {
    expect(compareBooks([charge({ createdAt: new Date(NOW - 1_000) })], [], NOW)).toMatchObject([
      { kind: 'not_posted', isSettling: true },
    ]);
    expect(compareBooks([charge()], [], NOW)).toMatchObject([{ isSettling: false }]);
  });

  it('finds nothing when every charge was posted, and each amount that is off by anything', () => {
    const amounts = fc.uniqueArray(fc.record({ id: fc.uuid(), amount: fc.bigInt(2n, 2n ** 80n) }), {
      selector: ({ id }) => id,
      minLength: 1,
    });
    fc.assert(
      fc.property(amounts, fc.bigInt(1n, 2n ** 80n), (all, error) => {
        const charges = all.map(({ id, amount }) =>
          charge({ paymentId: id, amountMinor: amount, refundedMinor: amount / 2n }),
        );
        const posted = all.map(({ id, amount }) => cash(amount - amount / 2n, id));
        expect(compareBooks(charges, posted, NOW)).toEqual([]);
        const [first, ...rest] = posted;
        expect(
          first && compareBooks(charges, [{ ...first, cashMinor: first.cashMinor + error }, ...rest], NOW),
        ).toHaveLength(1);
      }),
    );
  });
});
