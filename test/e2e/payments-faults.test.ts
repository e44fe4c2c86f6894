import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { query } from '../support/fresh-start.js';
import { setUpPayments, disagreements, pay, stockOf, type PaymentBody } from '../support/payments.js';
import { callsOf, chargesOf, clearFaults, setFault } from '../support/provider-sandbox.js';
import { testServices } from '../support/services.js';

const STOCK = 100;
/** Recovery attempts come after 5 s, 15 s and a minute: two of them may be needed. */
const RECOVERED_WITHIN_MS = 50_000;
const PROVIDER = { PAYMENT_PROVIDER_TIMEOUT_MS: '1000' };

describe('a payment whose provider fails', () => {
  const shop = setUpPayments({ stock: STOCK, environment: () => PROVIDER });

  const charge = (order: Record<string, unknown>, key: string) =>
    pay(shop.api, shop.item.id, order, { token: shop.customer.token, key });
  const ended = (id: string): Promise<PaymentBody> => shop.ended(id, RECOVERED_WITHIN_MS);
  const byReference = async (reference: string) =>
    query<{ id: string; status: string }>('SELECT id, status FROM audit.payments WHERE reference = $1', [reference]);

  it('twice is captured at the third attempt, under one key', async () => {
    await setFault({ operation: 'authorize', mode: 'error', count: 2 });
    const paid = await charge({}, 'third-time');
    expect(paid.status).toBe(201);
    const authorizations = (await callsOf(paid.body.id)).filter(({ operation }) => operation === 'authorize');
    expect(authorizations.map(({ outcome }) => outcome)).toEqual(['error', 'error', 'ok']);
    expect(new Set(authorizations.map(({ key }) => key)).size).toBe(1);
  });

  it('after the charge is not charged again', async () => {
    for (const operation of ['authorize', 'capture'] as const) {
      await setFault({ operation, mode: 'error_after', count: 1 });
      const paid = await charge({}, `after-${operation}`);
      expect(paid.status).toBe(201);
      expect(await chargesOf(paid.body.id)).toMatchObject([{ status: 'captured' }]);
    }
  });

  it('before the charge ends as unavailable, releases the stock, and frees the key', async () => {
    const refused = await charge({ paymentMethod: 'tok_error', reference: 'unlucky' }, 'unlucky');
    expect(refused).toMatchObject({ status: 503, body: { code: 'payment_provider_unavailable' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await stockOf(shop.item.id)).toBe(STOCK);
    const [failed] = await byReference('unlucky');
    expect(failed?.status).toBe('failed');
    expect(await chargesOf(failed?.id)).toEqual([]);
    // The key is free: another order under it is no reuse.
    expect(await charge({ reference: 'unlucky' }, 'unlucky')).toMatchObject({ status: 201 });
    expect(await stockOf(shop.item.id)).toBe(STOCK - 1);
  });

  it('three times ends as unavailable with nothing charged, and a repeat under its key then succeeds', async () => {
    await setFault({ operation: 'authorize', mode: 'error', count: 3 });
    expect(await charge({ reference: 'again' }, 'again')).toMatchObject({
      status: 503,
      body: { code: 'payment_provider_unavailable' },
    });
    expect(await stockOf(shop.item.id)).toBe(STOCK);
    const paid = await charge({ reference: 'again' }, 'again');
    expect(paid).toMatchObject({ status: 201, body: { status: 'captured' } });
    expect((await byReference('again')).map(({ status }) => status).toSorted()).toEqual(['captured', 'failed']);
    for (const { id, status } of await byReference('again'))
      expect(await chargesOf(id)).toHaveLength(status === 'captured' ? 1 : 0);
    expect((await charge({ reference: 'again' }, 'again')).text).toBe(paid.text);
    expect(await stockOf(shop.item.id)).toBe(STOCK - 1);
  });

  it('under a key that was taken over before is answered 503 and no decline, and the key is freed', async () => {
    const staff = new Client({ connectionString: testServices().postgresPrimary });
    await staff.connect();
    await staff.query('BEGIN');
    await staff.query('SELECT FROM catalog.stock WHERE item_id = $1 FOR UPDATE', [shop.item.id]);
    // The lock outlasts the role's lock_timeout: the attempt fails before it has begun, and leaves its key behind.
    expect((await charge({}, 'taken-over')).status).toBeGreaterThanOrEqual(500);
    await staff.query('ROLLBACK');
    await staff.end();
    await setFault({ operation: 'authorize', mode: 'error', count: 3 });
    expect(await charge({}, 'taken-over')).toMatchObject({
      status: 503,
      body: { code: 'payment_provider_unavailable' },
    });
    expect(await charge({}, 'taken-over')).toMatchObject({ status: 201, body: { status: 'captured' } });
    expect(await stockOf(shop.item.id)).toBe(STOCK - 1);
  });

  it('after the charge without an answer is processing, and ends as captured by recovery, charged once', async () => {
    const first = await charge({ paymentMethod: 'tok_timeout', reference: 'silent' }, 'silent');
    expect(first).toMatchObject({ status: 202, body: { status: 'processing', capturedAt: null } });
    const again = await charge({ paymentMethod: 'tok_timeout', reference: 'silent' }, 'silent');
    expect([again.status, again.text]).toEqual([202, first.text]);
    expect(await charge({ reference: 'silent' }, 'silent-2')).toMatchObject({
      status: 409,
      body: { code: 'already_paid', paymentId: first.body.id },
    });
    expect(await ended(first.body.id)).toMatchObject({ status: 'captured' });
    expect(await chargesOf(first.body.id)).toMatchObject([{ status: 'captured' }]);
    expect(await stockOf(shop.item.id)).toBe(STOCK - 1);
    // The key has the final answer now.
    expect(await charge({ paymentMethod: 'tok_timeout', reference: 'silent' }, 'silent')).toMatchObject({
      status: 201,
      body: { id: first.body.id, status: 'captured' },
    });
  });

  it('to answer while the card is declined ends as failed, with its stock released and a stored decline', async () => {
    await setFault({ operation: 'authorize', mode: 'hold', count: 1 });
    const first = await charge({ paymentMethod: 'tok_declined' }, 'held-decline');
    expect(first).toMatchObject({ status: 202, body: { status: 'processing' } });
    expect(await stockOf(shop.item.id)).toBe(STOCK - 1);
    await clearFaults();
    expect(await ended(first.body.id)).toMatchObject({ status: 'failed' });
    expect(await stockOf(shop.item.id)).toBe(STOCK);
    expect(await charge({ paymentMethod: 'tok_declined' }, 'held-decline')).toMatchObject({
      status: 402,
      body: { code: 'card_declined' },
    });
    expect(await stockOf(shop.item.id)).toBe(STOCK);
  });

  it('leaves a ledger that agrees with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    }, RECOVERED_WITHIN_MS);
  });
});

describe('a provider that cannot be reached', () => {
  const shop = setUpPayments({
    stock: STOCK,
    keepsStock: true,
    environment: () => ({ PAYMENT_PROVIDER_URL: 'http://127.0.0.1:1' }),
  });

  it('is answered with 503, and without a reservation once the breaker is open', async () => {
    const attempts = await Promise.all(
      Array.from({ length: 30 }, () => pay(shop.api, shop.item.id, {}, { token: shop.customer.token })),
    );
    for (const attempt of attempts)
      expect(attempt).toMatchObject({ status: 503, body: { code: 'payment_provider_unavailable' } });
    expect(await stockOf(shop.item.id)).toBe(STOCK);
    expect(shop.bulwark.logs()).toContain('"breaker":"Open"');
    const before = (await query('SELECT FROM audit.payments')).length;
    const refused = await pay(shop.api, shop.item.id, {}, { token: shop.customer.token, key: 'fast' });
    expect(refused).toMatchObject({ status: 503, body: { code: 'payment_provider_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await query('SELECT FROM audit.payments')).toHaveLength(before);
    expect(await query("SELECT FROM audit.idempotency_keys WHERE key = 'fast'")).toEqual([]);
  });

  it('is called again after the pause of the breaker', async () => {
    const before = (await query('SELECT FROM audit.payments')).length;
    await eventually(async () => {
      await pay(shop.api, shop.item.id, {}, { token: shop.customer.token });
      return (await query('SELECT FROM audit.payments')).length > before;
    });
    expect(await stockOf(shop.item.id)).toBe(STOCK);
  });
});
