import { startBulwark, type Bulwark } from '../support/bulwark.js';
import type { ApiAnswer } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import {
  callsOf,
  chargesOf,
  clearFaults,
  disagreements,
  pay,
  setFault,
  stockUp,
  type MoneyBody,
  type PaymentBody,
  type Sold,
} from '../support/payments.js';
import { newCustomer, type Person } from '../support/people.js';
import { runCli } from '../support/run-cli.js';

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
  let bulwark: Bulwark;
  let ada: Person;
  let item: Sold;
  let paid: PaymentBody;

  beforeAll(async () => {
    await freshStart();
    await runCli('catalog-sample');
    bulwark = await startBulwark({ PAYMENT_PROVIDER_TIMEOUT_MS: '1000', WEB_WORKERS: '2' });
    ada = await newCustomer(bulwark.api);
    [item] = await stockUp(1_000);
    await query('UPDATE catalog.items SET price_minor = $2 WHERE id = $1', [item.id, PRICE]);
  });

  beforeEach(async () => {
    paid = (await pay(bulwark.api, item.id, {}, { token: ada.token })).body;
  });

  afterEach(async () => {
    await clearFaults();
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const refund = (body: unknown = {}, key?: string, token = ada.token): Promise<ApiAnswer<RefundBody>> =>
    bulwark.api.post(`/v1/payments/${paid.id}/refunds`, body, { token, ...(key ? { key } : {}) });
  const eur = (amount: number) => ({ amount: { amount, currency: 'EUR' } });
  const refunded = async (): Promise<number> =>
    (await bulwark.api.get<PaymentBody>(`/v1/payments/${paid.id}`, { token: ada.token })).body.refunded.amount;
  const atProvider = async (): Promise<number | undefined> => (await chargesOf(paid.id))[0]?.refunded;

  it('gives a part back, then all that is left, then nothing more', async () => {
    expect(await refund(eur(300))).toMatchObject({
      status: 201,
      body: { paymentId: paid.id, amount: { amount: 300, currency: 'EUR' }, status: 'succeeded' },
    });
    expect(await refund()).toMatchObject({ status: 201, body: { amount: { amount: 700 }, status: 'succeeded' } });
    expect([await refunded(), await atProvider()]).toEqual([PRICE, PRICE]);
    expect(await refund()).toMatchObject({ status: 409, body: { code: 'refund_exceeds_captured' } });
    expect(await refund(eur(1))).toMatchObject({ status: 409, body: { code: 'refund_exceeds_captured' } });
  });

  it('needs no body to give all back', async () => {
    const answer = await bulwark.api.post(`/v1/payments/${paid.id}/refunds`, undefined, { token: ada.token });
    expect(answer).toMatchObject({ status: 201, body: { amount: { amount: PRICE }, status: 'succeeded' } });
  });

  it('never exceeds what was captured, however many come at once', async () => {
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

  it("of a stranger's payment finds none", async () => {
    const stranger = await newCustomer(bulwark.api);
    expect(await refund({}, undefined, stranger.token)).toMatchObject({ status: 404 });
    expect(await atProvider()).toBe(0);
  });

  it('of a payment that is not captured is refused', async () => {
    const { body: processing } = await pay(
      bulwark.api,
      item.id,
      { paymentMethod: 'tok_timeout' },
      { token: ada.token },
    );
    expect(await bulwark.api.post(`/v1/payments/${processing.id}/refunds`, {}, { token: ada.token })).toMatchObject({
      status: 409,
      body: { code: 'not_refundable' },
    });
  });

  it('of a payment that failed is refused', async () => {
    await pay(bulwark.api, item.id, { paymentMethod: 'tok_declined', reference: 'never-paid' }, { token: ada.token });
    const [failed] = await query<{ id: string }>(
      "SELECT id FROM audit.payments WHERE reference = 'never-paid' AND status = 'failed'",
    );
    expect(await bulwark.api.post(`/v1/payments/${failed?.id}/refunds`, {}, { token: ada.token })).toMatchObject({
      status: 409,
      body: { code: 'not_refundable' },
    });
  });

  it('whose answer is lost after it was made ends by itself, and is made once', async () => {
    await setFault({ operation: 'refund', mode: 'error_after', count: 1 });
    expect(await refund(eur(400))).toMatchObject({ status: 201, body: { status: 'succeeded' } });
    expect(await atProvider()).toBe(400);
  });

  it('that the provider never answers is processing, holds its amount meanwhile, and ends by itself', async () => {
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

  it('that the provider refuses says so under its key, and its amount is free again', async () => {
    // The provider does not know the charge.
    const { id: charge } = (await chargesOf(paid.id))[0] ?? { id: '' };
    await query('UPDATE payments.payments SET provider_id = $3 WHERE account_id = $1 AND id = $2', [
      ada.accountId,
      paid.id,
      'pi_unknown',
    ]);
    const refused = await refund(eur(500), 'refused');
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_refundable' } });
    const again = await refund(eur(500), 'refused');
    expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([refused.text, 'true']);
    await query('UPDATE payments.payments SET provider_id = $3 WHERE account_id = $1 AND id = $2', [
      ada.accountId,
      paid.id,
      charge,
    ]);
    expect(await refund()).toMatchObject({ status: 201, body: { amount: { amount: PRICE } } });
  });

  it('leaves books that agree with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    }, RECOVERED_WITHIN_MS);
  });
});
