import type { ApiAnswer } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { query } from '../support/fresh-start.js';
import {
  setUpPayments,
  disagreements,
  pay,
  stockOf,
  type PaymentAnswer,
  type PaymentBody,
} from '../support/payments.js';
import { callsOf, chargesOf, clearFaults, faultsLeft, setFault } from '../support/provider-sandbox.js';

const STOCK = 100;
/** The contract's limits: for an answer, and for the recovery after a crash. */
const ANSWERED_WITHIN_MS = 10_000;
const RECOVERED_WITHIN_MS = 60_000;
const TEST_TIMEOUT_MS = 120_000;
const ONCE = { count: 1 };

/** With the time limits that the product ships with. */
describe('a payment that is left pending', () => {
  const shop = setUpPayments({ stock: STOCK, environment: () => ({ WEB_WORKERS: '2' }) });

  const charge = (name: string): Promise<PaymentAnswer> =>
    pay(shop.api, shop.item.id, { reference: name }, { token: shop.customer.token, key: name });
  const idOf = async (reference: string): Promise<string> =>
    (await query<{ id: string }>('SELECT id FROM audit.payments WHERE reference = $1', [reference]))[0]?.id ?? '';
  const untilHit = (): Promise<true> => eventually(async () => (await faultsLeft()).length === 0);
  const ended = (id: string): Promise<PaymentBody> => shop.ended(id, RECOVERED_WITHIN_MS);
  const stepsOf = async (id: string): Promise<string[]> =>
    (await callsOf(id))
      .filter(({ operation }) => operation !== 'retrieve')
      .map(({ operation, outcome }) => `${operation} ${outcome}`);
  const inTime = async (work: Promise<PaymentAnswer>): Promise<PaymentAnswer> => {
    const askedAt = Date.now();
    const answer = await work;
    expect(Date.now() - askedAt).toBeLessThan(ANSWERED_WITHIN_MS);
    return answer;
  };

  it(
    'by a provider that hangs, at once or at its second step, is answered in time as processing, and ends charged once',
    async () => {
      await setFault({ operation: 'authorize', mode: 'hold', ...ONCE });
      const atOnce = inTime(charge('hangs'));
      await untilHit();
      await setFault({ operation: 'authorize', mode: 'delay', delayMs: 4_500, ...ONCE });
      await setFault({ operation: 'capture', mode: 'hold', ...ONCE });
      const answers = await Promise.all([atOnce, inTime(charge('hangs-later'))]);
      await clearFaults();
      for (const [index, name] of ['hangs', 'hangs-later'].entries()) {
        const answer = answers[index];
        expect(answer).toMatchObject({ status: 202, body: { status: 'processing', capturedAt: null } });
        expect(await ended(answer?.body.id ?? '')).toMatchObject({ status: 'captured' });
        expect(await stepsOf(answer?.body.id ?? '')).toEqual(['authorize ok', 'capture ok']);
        expect(await charge(name)).toMatchObject({ status: 201, body: { id: answer?.body.id, status: 'captured' } });
      }
      expect(await stockOf(shop.item.id)).toBe(STOCK - 2);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'because every process was killed, at any step, is finished by a new fleet, charged once',
    async () => {
      const { body: paid } = await charge('refunded');
      const refund = (): Promise<ApiAnswer> =>
        shop.api.post(`/v1/payments/${paid.id}/refunds`, {}, { token: shop.customer.token, key: 'refund' });
      const dying: Promise<unknown>[] = [];
      const leave = async (fault: Parameters<typeof setFault>[0], work: () => Promise<unknown>): Promise<void> => {
        await setFault({ ...fault, ...ONCE });
        dying.push(
          work().then(
            () => 'answered',
            () => 'cut off',
          ),
        );
        await untilHit();
      };
      await leave({ operation: 'authorize', mode: 'hold' }, () => charge('before-authorization'));
      await leave({ operation: 'capture', mode: 'hold' }, () => charge('before-capture'));
      await leave({ operation: 'refund', mode: 'hold' }, refund);
      // The provider captures after every process is dead.
      await leave({ operation: 'capture', mode: 'delay', delayMs: 2_000 }, () => charge('after-capture'));
      await shop.bulwark.kill();
      expect(new Set(await Promise.all(dying))).toEqual(new Set(['cut off']));
      const names = ['before-authorization', 'before-capture', 'after-capture'];
      expect(await query('SELECT reference FROM audit.payments WHERE status = $1 ORDER BY id', ['processing'])).toEqual(
        names.map((reference) => ({ reference })),
      );
      await eventually(async () => (await chargesOf(await idOf('after-capture')))[0]?.status === 'captured');
      // The held calls stay held at the provider: recovery repeats them under the same keys.
      await shop.start();
      for (const name of names) expect(await ended(await idOf(name))).toMatchObject({ status: 'captured' });
      await eventually(async () => (await chargesOf(paid.id))[0]?.refunded === paid.amount.amount, RECOVERED_WITHIN_MS);
      await eventually(async () => (await query('SELECT FROM payments.pending_refunds')).length === 0);
      await clearFaults();
      for (const name of names) {
        const id = await idOf(name);
        expect(await stepsOf(id)).toEqual(['authorize ok', 'capture ok']);
        expect(await chargesOf(id)).toMatchObject([{ status: 'captured' }]);
        expect(await charge(name)).toMatchObject({ status: 201, body: { id, status: 'captured' } });
      }
      expect(await stepsOf(paid.id)).toEqual(['authorize ok', 'capture ok', 'refund ok']);
      expect(await refund()).toMatchObject({ status: 201, body: { status: 'succeeded' } });
      expect(await stockOf(shop.item.id)).toBe(STOCK - 4);
    },
    TEST_TIMEOUT_MS,
  );

  it('leaves a ledger that agrees with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    });
  });
});
