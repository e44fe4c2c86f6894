import type { ApiAnswer } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { query } from '../support/fresh-start.js';
import { setUpPayments, disagreements, pay, type MoneyBody, type PaymentBody } from '../support/payments.js';
import { callsOf, chargesOf, clearFaults, setFault } from '../support/provider-sandbox.js';
import { newCustomer } from '../support/people.js';

interface RefundBody {
  id: string;
  paymentId: string;
  amount: MoneyBody;
  status: string;
  code: string;
}

const RECOVERED_WITHIN_MS = 50_000;
/** A price that leaves room for many parts. */
const PRICE = 1_000;

describe('a refund', () => {
  const shop = setUpPayments({
    stock: 1_000,
    keepsStock: true,
    environment: () => ({ PAYMENT_PROVIDER_TIMEOUT_MS: '1000', WEB_WORKERS: '2' }),
  });

  beforeAll(async () => {
    await query('UPDATE catalog.items SET price_minor = $2 WHERE id = $1', [shop.item.id, PRICE]);
  });

  beforeEach(async () => {
    paid = (await pay(shop.api, shop.item.id, {}, { token: shop.customer.token })).body;
  });
  let paid: PaymentBody;

  const refund = (body: unknown = {}, key?: string, token = shop.customer.token): Promise<ApiAnswer<RefundBody>> =>
    shop.api.post(`/v1/payments/${paid.id}/refunds`, body, { token, ...(key ? { key } : {}) });
  const eur = (amount: number) => ({ amount: { amount, currency: 'EUR' } });
  const refunded = async (): Promise<number> =>
    (await shop.api.get<PaymentBody>(`/v1/payments/${paid.id}`, { token: shop.customer.token })).body.refunded.amount;
  const atProvider = async (): Promise<number | undefined> => (await chargesOf(paid.id))[0]?.refunded;

  it('of a part, then of the rest, leaves nothing to refund', async () => {
    expect(await refund(eur(300))).toMatchObject({
      status: 201,
      body: { paymentId: paid.id, amount: { amount: 300, currency: 'EUR' }, status: 'succeeded' },
    });
    expect(await refund()).toMatchObject({ status: 201, body: { amount: { amount: 700 }, status: 'succeeded' } });
    expect([await refunded(), await atProvider()]).toEqual([PRICE, PRICE]);
    expect(await refund()).toMatchObject({ status: 409, body: { code: 'refund_exceeds_captured' } });
    expect(await refund(eur(1))).toMatchObject({ status: 409, body: { code: 'refund_exceeds_captured' } });
  });

  it('needs no body to refund everything', async () => {
    const answer = await shop.api.post(`/v1/payments/${paid.id}/refunds`, undefined, { token: shop.customer.token });
    expect(answer).toMatchObject({ status: 201, body: { amount: { amount: PRICE }, status: 'succeeded' } });
  });

  it('never exceeds what was captured, with many refunds at once', async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => refund(eur(100))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    for (const refused of answers.filter(({ status }) => status !== 201))
      expect(refused).toMatchObject({ status: 409, body: { code: 'refund_exceeds_captured' } });
    expect([await refunded(), await atProvider()]).toEqual([PRICE, PRICE]);
  });

  it('happens once for its key, however often it is sent', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => refund(eur(100), 'refund-once')));
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ text }) => text)).size).toBe(1);
    expect((await callsOf(paid.id)).filter(({ operation }) => operation === 'refund')).toHaveLength(1);
    expect(await atProvider()).toBe(100);
  });

  it.each([
    ['another currency', { amount: { amount: 100, currency: 'USD' } }],
    ['nothing', eur(0)],
    ['less than nothing', eur(-1)],
    ['a fraction', eur(1.5)],
    ['a bare number', { amount: 100 }],
    ['an unknown field', { ...eur(1), reason: 'x' }],
  ])('of %s is refused', async (_, body) => {
    expect(await refund(body)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(await atProvider()).toBe(0);
  });

  it("of another customer's payment finds none", async () => {
    const other = await newCustomer(shop.api);
    expect(await refund({}, undefined, other.token)).toMatchObject({ status: 404 });
    expect(await atProvider()).toBe(0);
  });

  it('of a payment that is not captured is refused', async () => {
    const { body: processing } = await pay(
      shop.api,
      shop.item.id,
      { paymentMethod: 'tok_timeout' },
      { token: shop.customer.token },
    );
    expect(
      await shop.api.post(`/v1/payments/${processing.id}/refunds`, {}, { token: shop.customer.token }),
    ).toMatchObject({
      status: 409,
      body: { code: 'not_refundable' },
    });
  });

  it('of a payment that failed is refused', async () => {
    await pay(
      shop.api,
      shop.item.id,
      { paymentMethod: 'tok_declined', reference: 'never-paid' },
      { token: shop.customer.token },
    );
    const [failed] = await query<{ id: string }>(
      "SELECT id FROM audit.payments WHERE reference = 'never-paid' AND status = 'failed'",
    );
    expect(await shop.api.post(`/v1/payments/${failed?.id}/refunds`, {}, { token: shop.customer.token })).toMatchObject(
      {
        status: 409,
        body: { code: 'not_refundable' },
      },
    );
  });

  it('whose answer is lost after it was made ends by recovery, and is made once', async () => {
    await setFault({ operation: 'refund', mode: 'error_after', count: 1 });
    expect(await refund(eur(400))).toMatchObject({ status: 201, body: { status: 'succeeded' } });
    expect(await atProvider()).toBe(400);
  });

  it('that the provider never answers is processing, keeps its amount reserved, and ends by recovery', async () => {
    await setFault({ operation: 'refund', mode: 'hold', count: 1 });
    const first = await refund(eur(600), 'held-refund');
    expect(first).toMatchObject({ status: 202, body: { status: 'processing' } });
    expect(await refund(eur(600))).toMatchObject({ status: 409, body: { code: 'refund_exceeds_captured' } });
    await clearFaults();
    await eventually(async () => (await refunded()) === 600, RECOVERED_WITHIN_MS);
    expect(await atProvider()).toBe(600);
    expect(await refund(eur(600), 'held-refund')).toMatchObject({
      status: 201,
      body: { id: first.body.id, status: 'succeeded' },
    });
  });

  it('that the provider refuses is answered so under its key, and its amount is released', async () => {
    // The provider has no such charge.
    const { id: charge } = (await chargesOf(paid.id))[0] ?? { id: '' };
    await query('UPDATE payments.payments SET provider_id = $3 WHERE account_id = $1 AND id = $2', [
      shop.customer.accountId,
      paid.id,
      'pi_unknown',
    ]);
    const refused = await refund(eur(500), 'refused');
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_refundable' } });
    const again = await refund(eur(500), 'refused');
    expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([refused.text, 'true']);
    await query('UPDATE payments.payments SET provider_id = $3 WHERE account_id = $1 AND id = $2', [
      shop.customer.accountId,
      paid.id,
      charge,
    ]);
    expect(await refund()).toMatchObject({ status: 201, body: { amount: { amount: PRICE } } });
  });

  it('leaves a ledger that agrees with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    }, RECOVERED_WITHIN_MS);
  });
});
