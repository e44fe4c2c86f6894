import { countScenario, type Outcome } from './double-charge-outcome.js';
import type { Intent } from './double-charge-scenarios.js';

const intent = (parts: Partial<Intent> = {}): Intent => ({
  accountId: 'ada',
  kind: 'payment',
  answer: 'paid',
  sends: 2,
  ...parts,
});
const outcome = (payments: Outcome['payments'], charges: Outcome['charges']): Outcome => ({
  payments,
  charges,
  finished: true,
});
const charge = (payment: string, parts: Partial<Outcome['charges'][number]> = {}): Outcome['charges'][number] => ({
  payment,
  amount: 100,
  status: 'captured',
  refunded: 0,
  ...parts,
});
const booked = (id: string, parts: Partial<Outcome['payments'][number]> = {}): Outcome['payments'][number] => ({
  id,
  account: 'ada',
  status: 'captured',
  cash: 100,
  ...parts,
});

describe('countScenario', () => {
  it('counts the charges of a customer who wanted to pay once', () => {
    expect(countScenario('taps', [intent()], outcome([booked('p')], [charge('p')]))).toMatchObject({
      intents: 1,
      sends: 2,
      paid: 1,
      effects: 1,
      chargedTwice: 0,
      disagreements: 0,
    });
    expect(
      countScenario('taps', [intent()], outcome([booked('p'), booked('q')], [charge('p'), charge('q')])),
    ).toMatchObject({ effects: 2, effectsMax: 2, chargedTwice: 1 });
  });

  it('counts answers that differ from what happened to the money', () => {
    expect(countScenario('x', [intent()], outcome([], []))).toMatchObject({ paidButNotCharged: 1 });
    expect(countScenario('x', [intent({ answer: 'refused' })], outcome([booked('p')], [charge('p')]))).toMatchObject({
      refusedButCharged: 1,
    });
    expect(
      countScenario(
        'x',
        [intent({ answer: 'nothing' })],
        outcome([booked('p', { status: 'processing', cash: 0 })], [charge('p', { status: 'authorized' })]),
      ),
    ).toMatchObject({ unanswered: 1, leftAuthorized: 1 });
  });

  it('counts how often a refund was made', () => {
    const given = (refunded: number): Outcome =>
      outcome([booked('p', { cash: 100 - refunded })], [charge('p', { refunded })]);
    expect(countScenario('x', [intent({ kind: 'refund' })], given(1))).toMatchObject({
      effects: 1,
      chargedTwice: 0,
      disagreements: 0,
    });
    expect(countScenario('x', [intent({ kind: 'refund' })], given(2))).toMatchObject({ effects: 2, chargedTwice: 1 });
  });

  it.each([
    ['the ledger has other cash', [booked('p', { cash: 90 })], [charge('p')]],
    ['a failed payment was charged', [booked('p', { status: 'failed' })], [charge('p')]],
    ['a captured payment was not', [booked('p', { cash: 0 })], []],
  ])('sees a disagreement when %s', (_, payments, charges) => {
    expect(countScenario('x', [intent()], outcome(payments, charges))).toMatchObject({ disagreements: 1 });
  });
});
