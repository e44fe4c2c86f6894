import type { ProviderOutcome, ProviderState } from './domain/payment.js';
import type { PaymentGateway, RefundOutcome, RefundRequest } from './gateway/payment-gateway.js';
import type { PendingOperations } from './persistence/pending-operations.js';
import type { Payments } from './persistence/payments.js';
import { logger } from '../../platform/observability/index.js';
import { ReverseOrphanedCharge } from './reverse-orphaned-charge.js';

const ACCOUNT = 'account';
const ASK_AGAIN_SECONDS = 60;
const CLOSED = 'closed';
const [HOLD, TAKEN]: ProviderState[] = [
  { kind: 'authorized', providerId: 'pi' },
  { kind: 'captured', providerId: 'pi' },
];

interface Facts {
  /** What the provider knows; undefined when it does not say. */
  known: ProviderState | undefined;
  status?: 'processing' | 'captured' | 'failed' | 'unknown';
  voided?: ProviderOutcome['kind'];
  refund?: RefundOutcome['kind'];
  /** Why a refund is refused. */
  reason?: string;
  looks?: number;
}

describe('ReverseOrphanedCharge', () => {
  let [voids, refunds, kept]: [string[], RefundRequest[], (string | number)[]] = [[], [], []];

  beforeAll(() => {
    logger.level = 'silent';
  });

  beforeEach(() => {
    [voids, refunds, kept] = [[], [], []];
  });

  /** Looks once. @returns the seconds to the next look, or that there is none */
  const look = async ({
    known,
    status = 'failed',
    voided = 'voided',
    refund = 'refunded',
    reason,
    looks = 0,
  }: Facts): Promise<string | number | undefined> => {
    const gateway = {
      find: () => Promise.resolve(known),
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
    const open = {
      postpone: (_: string, __: string, seconds: number) => Promise.resolve(kept.push(seconds)),
      closeOrphanCheck: () => Promise.resolve(kept.push(CLOSED)),
    } as unknown as PendingOperations;
    await new ReverseOrphanedCharge(gateway, payments, open).look({ id: 'payment', accountId: ACCOUNT, looks }, 0);
    expect(kept).toHaveLength(1);
    return kept[0];
  };

  it('gives back all that was taken for a payment that has failed, under the name of the payment, and is done', async () => {
    expect(await look({ known: TAKEN })).toBe(CLOSED);
    expect(refunds).toEqual([{ refundId: 'payment', providerId: 'pi', amountMinor: 500n, isRepeat: true }]);
  });

  it.each(['captured', 'processing', 'unknown'] as const)(
    'takes nothing from a payment that is %s here',
    async (status) => {
      for (const known of [TAKEN, HOLD]) {
        expect(await look({ known, status })).toBe(CLOSED);
        kept = [];
      }
      expect([voids, refunds]).toEqual([[], []]);
    },
  );

  it.each(['unknown', 'unavailable'] as const)(
    'comes back when it is %s whether the money was given back',
    async (refund) => {
      expect(await look({ known: TAKEN, refund })).toBe(ASK_AGAIN_SECONDS);
    },
  );

  it.each([
    ['charge_already_refunded', 0],
    ['charge_disputed', 1],
  ])('asks no more when the refund is refused as %s; a person hears of it %i times', async (reason, times) => {
    const told = jest.spyOn(logger, 'error');
    expect(await look({ known: TAKEN, refund: 'refused', reason })).toBe(CLOSED);
    expect(told.mock.calls.filter(([facts]) => (facts as { reason?: string }).reason === reason)).toHaveLength(times);
    told.mockRestore();
  });

  it.each<[string, ProviderState]>([
    ['is held', HOLD as ProviderState],
    ['waits for the customer', { kind: 'blocked', providerId: 'pi', reason: 'authentication_required' }],
  ])('lets go of money that %s, and is done', async (_, known) => {
    expect(await look({ known })).toBe(CLOSED);
    expect([voids, refunds]).toEqual([['pi'], []]);
  });

  it.each(['unknown', 'unavailable', 'captured'] as const)('comes back when letting go came to %s', async (voided) => {
    expect(await look({ known: HOLD, voided })).toBe(ASK_AGAIN_SECONDS);
  });

  it('asks again in a minute, as often as it takes, while the provider does not say what it has', async () => {
    expect(await look({ known: undefined, looks: 100 })).toBe(ASK_AGAIN_SECONDS);
  });

  it('looks several times, ever later, for what may still come, and then no more', async () => {
    const seconds: unknown[] = [];
    for (let looks = 0; looks < 4; looks++) {
      kept = [];
      seconds.push(await look({ known: { kind: 'none' }, looks }));
    }
    expect(seconds).toEqual([120, 300, 3_600, CLOSED]);
    expect([voids, refunds]).toEqual([[], []]);
  });

  it.each(['declined', 'voided'] as const)('is done when the provider has %s it', async (kind) => {
    expect(await look({ known: { kind, reason: 'no' } })).toBe(CLOSED);
    expect([voids, refunds]).toEqual([[], []]);
  });
});
