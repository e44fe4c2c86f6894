import type { ContextDatabase } from '../../platform/database/index.js';
import type { Failpoints } from '../../platform/failpoints/index.js';
import type { Idempotency } from '../../platform/idempotency/index.js';
import type { Outbox } from '../../platform/outbox/index.js';
import type { PaymentGateway, RefundOutcome, RefundRequest } from './gateway/payment-gateway.js';
import type { PendingOperations } from './persistence/pending-operations.js';
import type { Payments } from './persistence/payments.js';
import type { Refunds } from './persistence/refunds.js';
import type { Refund } from './domain/refund.js';
import { RefundPayment } from './refund-payment.js';

const [ACCOUNT, PAYMENT, REFUND] = ['account', 'payment', 'refund'];
const refundOf = (status: Refund['status']) =>
  ({
    id: REFUND,
    accountId: ACCOUNT,
    paymentId: PAYMENT,
    amountMinor: 5n,
    currency: 'EUR',
    status,
    createdAt: new Date(0),
  }) as Refund;

/** A refund that an earlier attempt may have made is a repeat: the provider's keys expire, its record does not. */
describe('RefundPayment', () => {
  let requested: RefundRequest[] = [];
  let recorded: string[] = [];

  beforeEach(() => {
    [requested, recorded] = [[], []];
  });

  const refunding = (
    earlier: Refund['status'] | undefined,
    outcome: RefundOutcome['kind'] = 'unknown',
  ): RefundPayment => {
    const note = (name: string) => (): Promise<void> => Promise.resolve(void recorded.push(name));
    return new RefundPayment(
      { transaction: (work: (tx: object) => unknown) => Promise.resolve(work({})) } as unknown as ContextDatabase,
      {
        isAvailable: () => true,
        refund: (request: RefundRequest) =>
          Promise.resolve(void requested.push(request)).then(() => ({ kind: outcome })),
      } as unknown as PaymentGateway,
      {
        find: () =>
          Promise.resolve({
            id: PAYMENT,
            accountId: ACCOUNT,
            status: 'captured',
            currency: 'EUR',
            amountMinor: 5n,
            providerId: 'pi',
          }),
      } as unknown as Payments,
      {
        find: () => Promise.resolve(earlier && refundOf(earlier)),
        begin: () => Promise.resolve(refundOf('processing')),
        end: (_: object, __: Refund, status: string) => note(status)().then(() => true),
      } as unknown as Refunds,
      { postpone: note('postponed') } as unknown as PendingOperations,
      {
        workId: () => REFUND,
        answer: note('answered'),
        refuse: note('refused'),
        undo: note('key freed'),
        complete: note('key completed'),
      } as unknown as Idempotency,
      { append: note('event') } as unknown as Outbox,
      { reach: () => undefined } as unknown as Failpoints,
    );
  };

  it('is no repeat on the first attempt', async () => {
    await refunding(undefined).execute(ACCOUNT, PAYMENT, undefined);
    expect(requested).toEqual([{ refundId: REFUND, providerId: 'pi', amountMinor: 5n, isRepeat: false }]);
  });

  it('is a repeat when an earlier attempt with its key has begun', async () => {
    await refunding('processing').execute(ACCOUNT, PAYMENT, undefined);
    expect(requested).toMatchObject([{ isRepeat: true }]);
    expect(recorded).toEqual(['answered', 'postponed']);
  });

  it('is a repeat when it is recovered', async () => {
    expect(await refunding('processing').recover(ACCOUNT, REFUND)).toBe(false);
    expect(requested).toMatchObject([{ isRepeat: true }]);
  });

  it.each(['unknown', 'unavailable'] as const)('stays pending in recovery when the outcome is %s', async (outcome) => {
    expect(await refunding('processing', outcome).recover(ACCOUNT, REFUND)).toBe(false);
    expect(recorded).toEqual([]);
  });

  it.each(['succeeded', 'failed'] as const)('does not call the provider once it has %s', async (status) => {
    expect(await refunding(status).recover(ACCOUNT, REFUND)).toBe(true);
    await refunding(status)
      .execute(ACCOUNT, PAYMENT, undefined)
      .catch(() => undefined);
    expect(requested).toEqual([]);
  });
});
