import { subjectOf } from './provider-event.js';

const [PAYMENT, ACCOUNT, REFUND] = [
  '0198c0de-0000-7000-8000-000000000001',
  '0198c0de-0000-7000-8000-000000000002',
  '0198c0de-0000-7000-8000-000000000003',
];

describe('subjectOf', () => {
  it.each([
    ['payment_intent.amount_capturable_updated', true],
    ['payment_intent.requires_action', true],
    ['payment_intent.succeeded', true],
    ['charge.succeeded', true],
    ['charge.captured', true],
    ['payment_intent.payment_failed', false],
    ['payment_intent.canceled', false],
    ['charge.refunded', false],
  ])('finds the payment of %s; that it may hold money is %s', (type, mayHoldMoney) => {
    expect(subjectOf(type, { payment: PAYMENT, account: ACCOUNT })).toEqual({
      kind: 'payment',
      id: PAYMENT,
      accountId: ACCOUNT,
      mayHoldMoney,
    });
  });

  it('finds the refund of a refund, not its payment', () => {
    expect(subjectOf('refund.updated', { refund: REFUND, payment: PAYMENT, account: ACCOUNT })).toEqual({
      kind: 'refund',
      id: REFUND,
    });
  });

  it.each([
    ['no metadata', null],
    ['nothing of ours', { order: '7' }],
    ['a payment without an account', { payment: PAYMENT }],
    ['a payment that is no id', { payment: "'; drop --", account: ACCOUNT }],
    ['an account that is no id', { payment: PAYMENT, account: '7' }],
    ['a refund that is no id', { refund: '7' }],
  ])('finds nothing of ours in %s', (_, metadata) => {
    expect(subjectOf('payment_intent.succeeded', metadata)).toBeUndefined();
  });
});
