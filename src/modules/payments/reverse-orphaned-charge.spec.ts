import type { ProviderOutcome, ProviderState } from './domain/next-step.js';
import type { PaymentGateway, RefundOutcome, RefundRequest } from './gateway/payment-gateway.js';
import type { PendingOperations } from './persistence/pending-operations.js';
import type { Payments } from './persistence/payments.js';
import { logger } from '../../platform/observability/index.js';
import { ReverseOrphanedCharge } from './reverse-orphaned-charge.js';

const ACCOUNT = 'account';
const RETRY_SECONDS = 60;
const CLOSED = 'closed';
const [AUTHORIZED, CAPTURED]: ProviderState[] = [
  { kind: 'authorized', providerId: 'pi' },
  { kind: 'captured', providerId: 'pi' },
];

interface Facts {
  /** The provider's record; undefined when it cannot be read. */
  state: ProviderState | undefined;
  status?: 'processing' | 'captured' | 'failed' | 'unknown';
  voided?: ProviderOutcome['kind'];
  refund?: RefundOutcome['kind'];
  /** Why a refund is refused. */
  reason?: string;
  attempts?: number;
}

describe('ReverseOrphanedCharge', () => {
  let [voids, refunds, scheduled]: [string[], RefundRequest[], (string | number)[]] = [[], [], []];

  beforeAll(() => {
    logger.level = 'silent';
  });

  beforeEach(() => {
    [voids, refunds, scheduled] = [[], [], []];
  });

  /** Checks once. @returns the seconds to the next check, or that there is none */
  const check = async ({
    state,
    status = 'failed',
    voided = 'voided',
    refund = 'refunded',
    reason,
    attempts = 0,
  }: Facts): Promise<string | number | undefined> => {
    const gateway = {
      find: () => Promise.resolve(state),
      void: (_: string, providerId: string) =>
        Promise.resolve(void voids.push(providerId)).then(() => ({ kind: voided })),
      refund: (request: RefundRequest) =>
        Promise.resolve(void refunds.push(request)).then(() => ({ kind: refund, reason })),
    } as unknown as PaymentGateway;
    const payments = {
      find: (account: string) =>
        Promise.resolve(
          status === 'unknown' || account !== ACCOUNT ? undefined : { id: 'payment', status, amountMinor: 500n },
        ),
    } as unknown as Payments;
    const pending = {
      postpone: (_: string, __: string, seconds: number) => Promise.resolve(scheduled.push(seconds)),
      closeOrphanCheck: () => Promise.resolve(scheduled.push(CLOSED)),
    } as unknown as PendingOperations;
    await new ReverseOrphanedCharge(gateway, payments, pending).check(
      { id: 'payment', accountId: ACCOUNT, attempts },
      0,
    );
    expect(scheduled).toHaveLength(1);
    return scheduled[0];
  };

  it("refunds the whole capture of a failed payment under the payment's id, and closes the check", async () => {
    expect(await check({ state: CAPTURED })).toBe(CLOSED);
    expect(refunds).toEqual([{ refundId: 'payment', providerId: 'pi', amountMinor: 500n, isRepeat: true }]);
  });

  it.each(['captured', 'processing', 'unknown'] as const)(
    'reverses nothing of a payment that is %s here',
    async (status) => {
      for (const state of [CAPTURED, AUTHORIZED]) {
        expect(await check({ state, status })).toBe(CLOSED);
        scheduled = [];
      }
      expect([voids, refunds]).toEqual([[], []]);
    },
  );

  it.each(['unknown', 'unavailable'] as const)('retries when the refund is %s', async (refund) => {
    expect(await check({ state: CAPTURED, refund })).toBe(RETRY_SECONDS);
  });

  it.each([
    ['charge_already_refunded', 0],
    ['charge_disputed', 1],
  ])('closes the check when the refund is refused as %s, and logs it for a person %i times', async (reason, times) => {
    const logged = jest.spyOn(logger, 'error');
    expect(await check({ state: CAPTURED, refund: 'refused', reason })).toBe(CLOSED);
    expect(logged.mock.calls.filter(([facts]) => (facts as { reason?: string }).reason === reason)).toHaveLength(times);
    logged.mockRestore();
  });

  it.each<[string, ProviderState]>([
    ['is authorized', AUTHORIZED as ProviderState],
    ['waits for the customer', { kind: 'blocked', providerId: 'pi', reason: 'authentication_required' }],
  ])('voids a payment that %s, and closes the check', async (_, state) => {
    expect(await check({ state })).toBe(CLOSED);
    expect([voids, refunds]).toEqual([['pi'], []]);
  });

  it.each(['unknown', 'unavailable', 'captured'] as const)(
    'retries when the outcome of the void is %s',
    async (voided) => {
      expect(await check({ state: AUTHORIZED, voided })).toBe(RETRY_SECONDS);
    },
  );

  it("retries every minute without a limit while the provider's record cannot be read", async () => {
    expect(await check({ state: undefined, attempts: 100 })).toBe(RETRY_SECONDS);
  });

  it('checks at growing intervals while the provider has no record, then closes the check', async () => {
    const seconds: unknown[] = [];
    for (let attempts = 0; attempts < 4; attempts++) {
      scheduled = [];
      seconds.push(await check({ state: { kind: 'none' }, attempts }));
    }
    expect(seconds).toEqual([120, 300, 3_600, CLOSED]);
    expect([voids, refunds]).toEqual([[], []]);
  });

  it.each(['declined', 'voided'] as const)('closes the check when the provider has %s it', async (kind) => {
    expect(await check({ state: { kind, reason: 'no' } })).toBe(CLOSED);
    expect([voids, refunds]).toEqual([[], []]);
  });
});
