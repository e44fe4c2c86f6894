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
  /** The payment that an earlier attempt has left. */
  left?: PaymentStatus;
  /** Whether another attempt holds the lease. */
  isLeased?: boolean;
  isAvailable?: boolean;
}

/** A repeated attempt with a key may not be the first to call the provider, and must read its record. */
describe('MakePayment', () => {
  let [begun, advanced, answered]: [string[], InFlight[], number] = [[], [], 0];

  beforeEach(() => {
    [begun, advanced, answered] = [[], [], 0];
  });

  const make = ({ isFirstAttempt, left, isLeased = false, isAvailable = true }: Facts) =>
    new MakePayment(
      { transaction: (work: (tx: object) => unknown) => Promise.resolve(work({})) } as unknown as ContextDatabase,
      { isAvailable: () => isAvailable } as unknown as PaymentGateway,
      {
        execute: (_: string, id: string) => Promise.resolve(void begun.push(id)).then(() => paymentOf('processing')),
      } as unknown as BeginPayment,
      {
        advance: (inFlight: InFlight) =>
          Promise.resolve(void advanced.push(inFlight)).then(() => ({ kind: 'await-recovery' })),
      } as unknown as ProcessPayment,
      {
        find: (_: string, id: string) => Promise.resolve(left && id === ID ? paymentOf(left) : undefined),
      } as unknown as Payments,
      {
        claimPayment: () =>
          Promise.resolve(isLeased ? undefined : { id: ID, accountId: ACCOUNT, attempts: 0, cardToken: 'tok_kept' }),
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

  it("begins a payment with a new key, without reading the provider's record", async () => {
    await make({ isFirstAttempt: true });
    expect([begun, advanced]).toMatchObject([[ID], [{ cardToken: 'tok_sent', isFirstAttempt: true }]]);
  });

  it("continues the payment of an earlier attempt, and reads the provider's record", async () => {
    await make({ isFirstAttempt: false, left: 'processing' });
    expect([begun, advanced]).toMatchObject([
      [],
      [{ payment: { id: ID }, cardToken: 'tok_kept', isFirstAttempt: false }],
    ]);
  });

  it('continues it also while the breaker is open, because its money may be held', async () => {
    await make({ isFirstAttempt: false, left: 'processing', isAvailable: false });
    expect(advanced).toHaveLength(1);
  });

  it('begins a payment when an earlier attempt has left none', async () => {
    await make({ isFirstAttempt: false });
    expect(begun).toEqual([ID]);
  });

  it('begins nothing while the breaker is open', async () => {
    await expect(make({ isFirstAttempt: true, isAvailable: false })).rejects.toMatchObject({
      code: 'payment_provider_unavailable',
    });
    expect([begun, advanced]).toEqual([[], []]);
  });

  it('leaves a payment to the attempt that holds its lease', async () => {
    expect(await make({ isFirstAttempt: false, left: 'processing', isLeased: true })).toMatchObject({
      status: 'processing',
    });
    expect([begun, advanced, answered]).toEqual([[], [], 1]);
  });

  it.each(['captured', 'failed'] as const)('only answers for a payment that is %s', async (left) => {
    await make({ isFirstAttempt: false, left }).catch(() => undefined);
    expect([begun, advanced, answered]).toEqual([[], [], 1]);
  });
});
