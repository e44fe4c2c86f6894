import type { ContextDatabase } from '../../platform/database/index.js';
import type { Failpoints } from '../../platform/failpoints/index.js';
import type { Idempotency } from '../../platform/idempotency/index.js';
import type { BeginPayment } from './begin-payment.js';
import type { Payment, PaymentStatus } from './domain/payment.js';
import type { PaymentGateway } from './gateway/payment-gateway.js';
import { MakePayment } from './make-payment.js';
import type { PendingOperations } from './persistence/pending-operations.js';
import type { Payments } from './persistence/payments.js';
import type { InFlight, ProcessPayment } from './process-payment.js';

const [ACCOUNT, ID] = ['account', 'payment'];
const ORDER = { lines: [], cardToken: 'tok_sent', reference: null };
const paymentOf = (status: PaymentStatus): Payment => ({
  id: ID,
  accountId: ACCOUNT,
  reference: null,
  status,
  amountMinor: 5n,
  currency: 'EUR',
  refundedMinor: 0n,
  providerId: null,
  failure: null,
  lines: [],
  createdAt: new Date(0),
  capturedAt: null,
});

interface Facts {
  isFirstAttempt: boolean;
  /** What an attempt before has left of the payment. */
  left?: PaymentStatus;
  /** Whether somebody else is at it. */
  isLeased?: boolean;
  isAvailable?: boolean;
}

/** Who works on a key again may not be the first to ask the provider, and must ask it what it knows. */
describe('MakePayment', () => {
  let [begun, settled, answered]: [string[], InFlight[], number] = [[], [], 0];

  beforeEach(() => {
    [begun, settled, answered] = [[], [], 0];
  });

  const make = ({ isFirstAttempt, left, isLeased = false, isAvailable = true }: Facts) =>
    new MakePayment(
      { transaction: (work: (tx: object) => unknown) => Promise.resolve(work({})) } as unknown as ContextDatabase,
      { isAvailable: () => isAvailable } as unknown as PaymentGateway,
      {
        execute: (_: string, id: string) => Promise.resolve(void begun.push(id)).then(() => paymentOf('processing')),
      } as unknown as BeginPayment,
      {
        advance: (inFlight: InFlight) => Promise.resolve(void settled.push(inFlight)).then(() => ({ kind: 'wait' })),
      } as unknown as ProcessPayment,
      {
        find: (_: string, id: string) => Promise.resolve(left && id === ID ? paymentOf(left) : undefined),
      } as unknown as Payments,
      {
        claimPayment: () =>
          Promise.resolve(isLeased ? undefined : { id: ID, accountId: ACCOUNT, looks: 0, cardToken: 'tok_kept' }),
        postpone: () => Promise.resolve(),
      } as unknown as PendingOperations,
      {
        workId: () => ID,
        isFirstAttempt: () => isFirstAttempt,
        answer: () => Promise.resolve(void answered++),
        refuse: () => Promise.resolve(void answered++),
      } as unknown as Idempotency,
      { reach: () => undefined } as unknown as Failpoints,
    ).execute(ACCOUNT, ORDER);

  it('begins with a key that is new, and asks nobody what is known', async () => {
    await make({ isFirstAttempt: true });
    expect([begun, settled]).toMatchObject([[ID], [{ cardToken: 'tok_sent', isFirstAttempt: true }]]);
  });

  it('goes on with what an attempt before has begun, and asks the provider what it knows of it', async () => {
    await make({ isFirstAttempt: false, left: 'processing' });
    expect([begun, settled]).toMatchObject([
      [],
      [{ payment: { id: ID }, cardToken: 'tok_kept', isFirstAttempt: false }],
    ]);
  });

  it('goes on with it also while the breaker is open: its money may be held', async () => {
    await make({ isFirstAttempt: false, left: 'processing', isAvailable: false });
    expect(settled).toHaveLength(1);
  });

  it('begins when an attempt before has left nothing', async () => {
    await make({ isFirstAttempt: false });
    expect(begun).toEqual([ID]);
  });

  it('begins nothing while the breaker is open', async () => {
    await expect(make({ isFirstAttempt: true, isAvailable: false })).rejects.toMatchObject({
      code: 'payment_provider_unavailable',
    });
    expect([begun, settled]).toEqual([[], []]);
  });

  it('leaves a payment to whoever is at it', async () => {
    expect(await make({ isFirstAttempt: false, left: 'processing', isLeased: true })).toMatchObject({
      status: 'processing',
    });
    expect([begun, settled, answered]).toEqual([[], [], 1]);
  });

  it.each(['captured', 'failed'] as const)('only tells of a payment that is %s', async (left) => {
    await make({ isFirstAttempt: false, left }).catch(() => undefined);
    expect([begun, settled, answered]).toEqual([[], [], 1]);
  });
});
