import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { query } from '../support/fresh-start.js';
import { mailsTo } from '../support/mails.js';
import { setUpPayments, disagreements, pay, stockOf, type PaymentBody } from '../support/payments.js';
import { askProvider, chargesOf, clearFaults, sendEventsTo, setFault, signEvent } from '../support/provider-sandbox.js';

const STOCK = 50;
const [NEW_SECRET, OLD_SECRET] = ['whsec_the-new-secret', 'whsec_the-old-secret'];
const PATH = '/v1/provider-webhooks';

interface EventFields {
  type: string;
  id?: string;
  metadata: Record<string, string>;
}

describe('events of the payment provider', () => {
  const shop = setUpPayments({
    stock: STOCK,
    environment: () => ({
      REAP_INTERVAL_SECONDS: '1',
      PAYMENT_WEBHOOK_SECRET: `${NEW_SECRET},${OLD_SECRET}`,
      PAYMENT_PROVIDER_TIMEOUT_MS: '1000',
      PAYMENT_EXPIRES_AFTER_SECONDS: '30',
    }),
  });

  const eventOf = ({ type, id = `evt_${randomUUID()}`, metadata }: EventFields): string =>
    JSON.stringify({
      id,
      object: 'event',
      created: 1,
      type,
      data: { object: { id: 'pi_1', object: 'payment_intent', metadata } },
    });
  const post = (body: string, signature: string) =>
    shop.api.post(PATH, body, { key: null, headers: { 'stripe-signature': signature } });
  const send = (fields: EventFields) => {
    const body = eventOf(fields);
    return post(body, signEvent(body, NEW_SECRET));
  };
  const aboutPayment = (id: string): Record<string, string> => ({ payment: id, account: shop.customer.accountId });
  const charge = (order: Record<string, unknown> = {}, key: string = randomUUID()) =>
    pay(shop.api, shop.item.id, order, { token: shop.customer.token, key });
  const ended = (id: string, withinMs?: number): Promise<PaymentBody> =>
    eventually(async () => {
      const { body } = await shop.api.get<PaymentBody>(`/v1/payments/${id}`, { token: shop.customer.token });
      return body.status !== 'processing' && body;
    }, withinMs);
  const recorded = async (id: string): Promise<number> =>
    (await query('SELECT FROM payments.provider_events WHERE id = $1', [id])).length;

  it.each([
    ['without a signature', () => '', (body: string) => body],
    ['signed with another secret', (body: string) => signEvent(body, 'whsec_another-secret'), (body: string) => body],
    [
      'with one byte changed',
      (body: string) => signEvent(body, NEW_SECRET),
      (body: string) => body.replace('evt_', 'evt-'),
    ],
    [
      'written anew',
      (body: string) => signEvent(body, NEW_SECRET),
      (body: string) => JSON.stringify(JSON.parse(body), null, 1),
    ],
    [
      'six minutes old',
      (body: string) => signEvent(body, NEW_SECRET, Math.floor(Date.now() / 1_000) - 360),
      (body: string) => body,
    ],
    ['with half a signature', () => 't=1', (body: string) => body],
  ])('are refused %s, and have no effect', async (_, sign, change) => {
    const body = eventOf({ type: 'payment_intent.succeeded', metadata: aboutPayment(randomUUID()) });
    const before = await query('SELECT FROM payments.provider_events');
    const answer = await post(change(body), sign(body));
    expect(answer).toMatchObject({ status: 401, body: { code: 'webhook_signature_invalid' } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await query('SELECT FROM payments.provider_events')).toHaveLength(before.length);
  });

  it('are accepted under both secrets during a rotation, whatever they are about', async () => {
    for (const secret of [NEW_SECRET, OLD_SECRET]) {
      const id = `evt_${randomUUID()}`;
      const body = eventOf({
        type: 'customer.created',
        id,
        metadata: { payment: 'not an id of ours', account: "'; drop --" },
      });
      expect((await post(body, signEvent(body, secret))).status).toBe(204);
      expect(await recorded(id)).toBe(1);
    }
  });

  it('are deleted after their retention, and no sooner', async () => {
    const [old, young] = [`evt_${randomUUID()}`, `evt_${randomUUID()}`];
    await query(
      `INSERT INTO payments.provider_events (id, type, received_at)
        VALUES ($1, 'charge.updated', now() - interval '1 year'), ($2, 'charge.updated', now() - interval '1 day')`,
      [old, young],
    );
    await eventually(async () => (await recorded(old)) === 0);
    expect(await recorded(young)).toBe(1);
  });

  it('act once, however often they come at the same time', async () => {
    const paid = await charge();
    const fields: EventFields = {
      type: 'payment_intent.succeeded',
      id: `evt_${randomUUID()}`,
      metadata: aboutPayment(paid.body.id),
    };
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(fields)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    }
    expect(await recorded(fields.id ?? '')).toBe(1);
    await eventually(() => mailsTo(shop.customer.email).length > 0);
    await eventually(async () => (await disagreements()).length === 0);
    expect(await query(`SELECT FROM payments.ledger_transactions WHERE payment_id = $1`, [paid.body.id])).toHaveLength(
      1,
    );
    expect(mailsTo(shop.customer.email).filter((mail) => mail.includes(paid.body.id))).toHaveLength(1);
    expect(await chargesOf(paid.body.id)).toMatchObject([{ status: 'captured', refunded: 0 }]);
  });

  it('end a payment of unknown outcome long before its next attempt', async () => {
    await setFault({ operation: 'authorize', mode: 'hold', count: 1 });
    const { body } = await charge();
    await query(
      `UPDATE payments.pending_payments SET next_attempt_at = now() + interval '1 hour', leased_until = NULL
        WHERE payment_id = $1`,
      [body.id],
    );
    await clearFaults();
    expect(
      (await send({ type: 'payment_intent.amount_capturable_updated', metadata: aboutPayment(body.id) })).status,
    ).toBe(204);
    expect(await ended(body.id)).toMatchObject({ status: 'captured' });
  });

  it('do not end the lease of a running attempt, and the next one follows at once', async () => {
    const id = randomUUID();
    const insert = `INSERT INTO payments.pending_payments (payment_id, account_id, card_token_sealed,
      next_attempt_at, leased_until) VALUES ($1, $2, '', now() + interval '1 hour', now() + interval '1 hour')`;
    await query(insert, [id, shop.customer.accountId]);
    await send({ type: 'payment_intent.succeeded', metadata: aboutPayment(id) });
    expect(
      await query(
        'SELECT wake_requested, next_attempt_at > now() AS later FROM payments.pending_payments WHERE payment_id = $1',
        [id],
      ),
    ).toEqual([{ wake_requested: true, later: true }]);
    await query('DELETE FROM payments.pending_payments WHERE payment_id = $1', [id]);
  });

  it('end a refund that the bank had not decided', async () => {
    await sendEventsTo(`${shop.bulwark.url}${PATH}`);
    const { body: paid } = await charge({ paymentMethod: 'tok_pending_refund' });
    const key = randomUUID();
    const refund = () =>
      shop.api.post<{ id: string; status: string }>(
        `/v1/payments/${paid.id}/refunds`,
        {},
        { token: shop.customer.token, key },
      );
    expect(await refund()).toMatchObject({ status: 202, body: { status: 'processing' } });
    await eventually(async () => (await refund()).status === 201);
    expect(await refund()).toMatchObject({ body: { status: 'succeeded' } });
    await sendEventsTo(null);
  });

  it('about money that came after its payment had failed lead to a refund, and the stock stays', async () => {
    await setFault({ operation: 'authorize', mode: 'error', count: 3 });
    const key = randomUUID();
    expect((await charge({ reference: key }, key)).status).toBe(503);
    const [failed] = await query<{ id: string }>('SELECT id FROM audit.payments WHERE reference = $1', [key]);
    const paymentId = failed?.id ?? '';
    const intent = {
      amount: '500',
      currency: 'eur',
      capture_method: 'manual',
      confirm: 'true',
      'payment_method_data[card][token]': 'tok_ok',
      'metadata[payment]': paymentId,
      'metadata[account]': shop.customer.accountId,
    };
    const { id: providerId } = await askProvider<{ id: string }>('payment_intents', intent);
    await askProvider(`payment_intents/${providerId}/capture`);
    await query('UPDATE payments.payments SET amount_minor = 500 WHERE account_id = $1 AND id = $2', [
      shop.customer.accountId,
      paymentId,
    ]);
    await send({ type: 'payment_intent.succeeded', metadata: aboutPayment(paymentId) });
    await eventually(async () => (await chargesOf(paymentId))[0]?.refunded === 500);
    expect(await stockOf(shop.item.id)).toBe(STOCK);
    await eventually(
      async () => (await query('SELECT FROM payments.orphan_checks WHERE payment_id = $1', [paymentId])).length === 0,
    );
  });
});

describe('a payment that is never finished', () => {
  const shop = setUpPayments({
    stock: STOCK,
    keepsStock: true,
    environment: () => ({ PAYMENT_PROVIDER_TIMEOUT_MS: '1000', PAYMENT_EXPIRES_AFTER_SECONDS: '30' }),
  });

  const statusOf = async (id: string): Promise<string> =>
    (await shop.api.get<PaymentBody>(`/v1/payments/${id}`, { token: shop.customer.token })).body.status;

  it('is voided once it has expired: no charge, no authorization, the stock released once', async () => {
    const key = randomUUID();
    await setFault({ operation: 'capture', mode: 'error' });
    const order = (): ReturnType<typeof pay> => pay(shop.api, shop.item.id, {}, { token: shop.customer.token, key });
    const { body } = await order();
    expect(body.status).toBe('processing');
    expect(await chargesOf(body.id)).toMatchObject([{ status: 'authorized' }]);
    await eventually(async () => (await statusOf(body.id)) === 'failed', 60_000);
    await clearFaults();
    expect(await chargesOf(body.id)).toMatchObject([{ status: 'voided' }]);
    expect(await stockOf(shop.item.id)).toBe(STOCK);
    expect(await order()).toMatchObject({ status: 402, body: { code: 'expired' } });
    expect(await disagreements()).toEqual([]);
  }, 90_000);

  it('because the bank asks for a second factor is declined, and its authorization voided', async () => {
    const refused = await pay(
      shop.api,
      shop.item.id,
      { paymentMethod: 'tok_authenticate' },
      { token: shop.customer.token },
    );
    expect(refused).toMatchObject({ status: 402, body: { code: 'card_declined', reason: 'authentication_required' } });
    const [failed] = await query<{ id: string }>(`SELECT id FROM audit.payments ORDER BY id DESC LIMIT 1`);
    expect(await chargesOf(failed?.id)).toMatchObject([{ status: 'voided' }]);
    expect(await stockOf(shop.item.id)).toBe(STOCK);
  });

  it('whose authorization arrives after it has failed does not keep the money held', async () => {
    await setFault({ operation: 'authorize', mode: 'hold', count: 1 });
    const pending = pay(shop.api, shop.item.id, {}, { token: shop.customer.token });
    const { body } = await pending;
    expect(body.status).toBe('processing');
    // The provider executes the held call only after recovery has let the payment fail.
    await query('UPDATE payments.pending_payments SET next_attempt_at = now() WHERE payment_id = $1', [body.id]);
    await query(
      `UPDATE payments.payments SET created_at = now() - interval '1 hour' WHERE account_id = $1 AND id = $2`,
      [shop.customer.accountId, body.id],
    );
    await eventually(async () => (await statusOf(body.id)) === 'failed');
    expect(await chargesOf(body.id)).toEqual([]);
    await clearFaults();
    await eventually(async () => (await chargesOf(body.id))[0]?.status === 'authorized');
    await eventually(async () => (await chargesOf(body.id))[0]?.status === 'voided', 60_000);
    expect(await stockOf(shop.item.id)).toBe(STOCK);
    expect(await disagreements()).toEqual([]);
  }, 90_000);
});
