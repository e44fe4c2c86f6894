import fc from 'fast-check';
import { compareWithProvider, type ChargeRecord, type PostedCash } from './reconciliation.js';

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
  compareWithProvider(charges, posted, NOW).map(({ kind }) => kind);

describe('compareWithProvider', () => {
  it.each([
    ['a charge that was posted', [charge()], [cash(100n)], []],
    ['a charge that was refunded in full, posted or not', [charge({ refundedMinor: 100n })], [], []],
    ['a voided authorization', [charge({ state: 'none' })], [], []],
    ['a charge that was not posted', [charge()], [], ['not_posted']],
    ['a posting without a charge', [], [cash(100n)], ['not_at_provider']],
    ['a refund that was not posted', [charge({ refundedMinor: 30n })], [cash(100n)], ['amount_differs']],
    ['a posting in another currency', [charge()], [cash(100n, 'p1', 'USD')], ['not_posted', 'not_at_provider']],
    ['money that stays authorized', [charge({ state: 'held' })], [], ['held']],
    [
      'two charges for one payment',
      [charge(), charge({ providerId: 'pi_2' })],
      [cash(100n)],
      ['charged_twice', 'amount_differs'],
    ],
  ] as const)('reports the differences of %s', (_, charges, posted, expected) => {
    expect(kinds([...charges], [...posted])).toEqual(expected);
  });

  it('marks a difference as recent while recovery may still end the payment', () => {
    expect(compareWithProvider([charge({ createdAt: new Date(NOW - 1_000) })], [], NOW)).toMatchObject([
      { kind: 'not_posted', isRecent: true },
    ]);
    expect(compareWithProvider([charge()], [], NOW)).toMatchObject([{ isRecent: false }]);
  });

  it('finds nothing when every charge was posted, and one difference when an amount is off', () => {
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
        expect(compareWithProvider(charges, posted, NOW)).toEqual([]);
        const [first, ...rest] = posted;
        expect(
          first && compareWithProvider(charges, [{ ...first, cashMinor: first.cashMinor + error }, ...rest], NOW),
        ).toHaveLength(1);
      }),
    );
  });
});
