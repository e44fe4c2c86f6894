import { RECOVERY_POINTS, type RecoveryPoint } from '../../src/modules/payments/domain/recovery-points.js';
import type { ApiAnswer } from '../support/api-client.js';
import { steadyPort } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { FailpointFolder } from '../support/failpoints.js';
import { query } from '../support/fresh-start.js';
import { retryUntilFinal } from '../support/retrying-client.js';
import {
  setUpPayments,
  disagreements,
  pay,
  stockOf,
  type PaymentAnswer,
  type PaymentBody,
} from '../support/payments.js';
import { callsOf, chargesOf } from '../support/provider-sandbox.js';
import { newCustomer, type Person } from '../support/people.js';

const STOCK = 100;
/** The lease of a key and that of a payment have to end. */
const TEST_TIMEOUT_MS = 180_000;
/** The attempt that continues the work, a retry or the worker, passes these again and dies as well. */
const PASSED_AGAIN: readonly RecoveryPoint[] = ['payment.authorized', 'payment.captured'];

describe('a process that dies on the money path', () => {
  const shop = setUpPayments({
    stock: STOCK,
    keepsStock: true,
    environment: async () => ({
      PORT: String(await steadyPort()),
      WEB_WORKERS: '2',
      FAILPOINTS_DIR: failpoints.path,
    }),
  });

  beforeAll(async () => {
    for (const point of RECOVERY_POINTS) customers.set(point, await newCustomer(shop.api));
  });
  const failpoints = new FailpointFolder();
  const customers = new Map<string, Person>();

  const buyerOf = (point: string): Person => customers.get(point) as Person;
  const charge = (point: string): Promise<PaymentAnswer> =>
    pay(shop.api, shop.item.id, {}, { token: buyerOf(point).token, key: `pay-${point}` });
  const refund = (point: string, id: string): Promise<ApiAnswer> =>
    shop.api.post(`/v1/payments/${id}/refunds`, {}, { token: buyerOf(point).token, key: `refund-${point}` });
  const paymentsOf = (point: string) =>
    query<{ id: string; status: string }>('SELECT id, status FROM audit.payments WHERE account_id = $1', [
      buyerOf(point).accountId,
    ]);
  /** The work whose first attempt dies. */
  const workAt = async (point: RecoveryPoint): Promise<() => Promise<ApiAnswer<unknown>>> => {
    if (point.startsWith('payment.')) return () => charge(point);
    const { body } = await retryUntilFinal(() => charge(point));
    return () => refund(point, body.id);
  };

  it(
    'at any recovery point leaves work that ends once: one charge, one refund, and the same answer from then on',
    async () => {
      const left: { point: RecoveryPoint; work: () => Promise<ApiAnswer<unknown>> }[] = [];
      for (const point of RECOVERY_POINTS) {
        const work = await workAt(point);
        const before = shop.bulwark.pids.web;
        failpoints.arm(point);
        const [fate] = await Promise.all([
          work().then(
            () => 'answered',
            () => 'cut off',
          ),
          failpoints.untilStruck(point),
        ]);
        expect([point, fate]).toEqual([point, 'cut off']);
        left.push({ point, work });
        await eventually(
          () => shop.bulwark.pids.web.length === 2 && shop.bulwark.pids.web.some((pid) => !before.includes(pid)),
        );
      }
      for (const point of PASSED_AGAIN) failpoints.arm(point);
      const answers = await Promise.all(
        left.map(async ({ point, work }) => ({
          point,
          first: await retryUntilFinal(work),
          again: await retryUntilFinal(work),
        })),
      );
      for (const { point, first, again } of answers)
        expect([point, first.status, again.text]).toEqual([point, 201, first.text]);
      for (const point of PASSED_AGAIN) expect([point, failpoints.isArmed(point)]).toEqual([point, false]);
      for (const point of RECOVERY_POINTS) {
        const [payment, ...others] = await paymentsOf(point);
        expect([point, payment?.status, others]).toEqual([point, 'captured', []]);
        const isRefund = point.startsWith('refund.');
        expect([point, await chargesOf(payment?.id)]).toMatchObject([
          point,
          [{ status: 'captured', refunded: isRefund ? shop.item.price.amount : 0 }],
        ]);
        const moved = (await callsOf(payment?.id))
          .filter(({ outcome, operation }) => outcome === 'ok' && operation !== 'retrieve')
          .map(({ operation }) => operation);
        expect([point, moved]).toEqual([point, ['authorize', 'capture', ...(isRefund ? ['refund'] : [])]]);
      }
      expect(await stockOf(shop.item.id)).toBe(STOCK - RECOVERY_POINTS.length);
    },
    TEST_TIMEOUT_MS,
  );

  it('leaves a ledger that agrees with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    });
    for (const point of RECOVERY_POINTS) {
      const { body } = await shop.api.get<{ data: PaymentBody[] }>('/v1/payments', { token: buyerOf(point).token });
      expect(body.data).toHaveLength(1);
    }
  });
});
