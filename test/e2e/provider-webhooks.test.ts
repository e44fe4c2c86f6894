import { randomUUID } from 'node:crypto';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { mailsTo } from '../support/mails.js';
import {
  askProvider,
  chargesOf,
  clearFaults,
  disagreements,
  pay,
  sendEventsTo,
  setFault,
  signEvent,
  stockOf,
  stockUp,
  type PaymentBody,
  type Sold,
} from '../support/payments.js';
import { newCustomer, type Person } from '../support/people.js';
import { runCli } from '../support/run-cli.js';

const STOCK = 50;
const [NEW_SECRET, OLD_SECRET] = ['whsec_the-new-secret', 'whsec_the-old-secret'];
const PATH = '/v1/provider-webhooks';

interface Told {
  type: string;
  id?: string;
  metadata: Record<string, string>;
}

describe('events of the payment provider', () => {
  let bulwark: Bulwark;
  let ada: Person;
  let item: Sold;

  beforeAll(async () => {
    await freshStart();
    await runCli('catalog-sample');
    bulwark = await startBulwark({
      PAYMENT_WEBHOOK_SECRET: `${NEW_SECRET},${OLD_SECRET}`,
      PAYMENT_PROVIDER_TIMEOUT_MS: '1000',
      PAYMENT_EXPIRES_AFTER_SECONDS: '30',
    });
    ada = await newCustomer(bulwark.api);
  });

  beforeEach(async () => {
    [item] = await stockUp(STOCK);
  });

  afterEach(async () => {
    await clearFaults();
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const eventOf = ({ type, id = `evt_${randomUUID()}`, metadata }: Told): string =>
    JSON.stringify({
      id,
      object: 'event',
      created: 1,
      type,
      data: { object: { id: 'pi_1', object: 'payment_intent', metadata } },
    });
  const send = (body: string, signature: string) =>
    bulwark.api.post(PATH, body, { key: null, headers: { 'stripe-signature': signature } });
  const tell = (told: Told) => {
    const body = eventOf(told);
    return send(body, signEvent(body, NEW_SECRET));
  };
  const aboutPayment = (id: string): Record<string, string> => ({ payment: id, account: ada.accountId });
  const charge = (order: Record<string, unknown> = {}, key: string = randomUUID()) =>
    pay(bulwark.api, item.id, order, { token: ada.token, key });
  const ended = (id: string, withinMs?: number): Promise<PaymentBody> =>
    eventually(async () => {
      const { body } = await bulwark.api.get<PaymentBody>(`/v1/payments/${id}`, { token: ada.token });
      return body.status !== 'processing' && body;
    }, withinMs);
  const remembered = async (id: string): Promise<number> =>
    (await query('SELECT FROM payments.provider_events WHERE id = $1', [id])).length;

  it.each([
    ['without a signature', () => '', (body: string) => body],
    ['signed with another secret', (body: string) => signEvent(body, 'whsec_somebody-else'), (body: string) => body],
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
    const answer = await send(change(body), sign(body));
    expect(answer).toMatchObject({ status: 401, body: { code: 'webhook_signature_invalid' } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await query('SELECT FROM payments.provider_events')).toHaveLength(before.length);
  });

  it('are taken under both secrets while they rotate, and whatever they are about', async () => {
    for (const secret of [NEW_SECRET, OLD_SECRET]) {
      const id = `evt_${randomUUID()}`;
      const body = eventOf({
        type: 'customer.created',
        id,
        metadata: { payment: 'not an id of ours', account: "'; drop --" },
      });
      expect((await send(body, signEvent(body, secret))).status).toBe(204);
      expect(await remembered(id)).toBe(1);
    }
  });

  it('are forgotten after their time, and no sooner', async () => {
    const [old, young] = [`evt_${randomUUID()}`, `evt_${randomUUID()}`];
    await query(
      "INSERT INTO payments.provider_events (id, type, received_at) VALUES ($1, 'charge.updated', now() - interval '1 year'), ($2, 'charge.updated', now() - interval '1 day')",
      [old, young],
    );
    await eventually(async () => (await remembered(old)) === 0);
    expect(await remembered(young)).toBe(1);
  });

  it('act once, however often and at the same time they come', async () => {
    const paid = await charge();
    const told: Told = {
      type: 'payment_intent.succeeded',
      id: `evt_${randomUUID()}`,
      metadata: aboutPayment(paid.body.id),
    };
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => tell(told)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    }
    expect(await remembered(told.id ?? '')).toBe(1);
    await eventually(() => mailsTo(ada.email).length > 0);
    await eventually(async () => (await disagreements()).length === 0);
    expect(await query(`SELECT FROM payments.ledger_transactions WHERE payment_id = $1`, [paid.body.id])).toHaveLength(
      1,
    );
    expect(mailsTo(ada.email).filter((mail) => mail.includes(paid.body.id))).toHaveLength(1);
    expect(await chargesOf(paid.body.id)).toMatchObject([{ status: 'captured', refunded: 0 }]);
  });

  it('end a payment in doubt long before its next look', async () => {
    await setFault({ operation: 'authorize', mode: 'hold', count: 1 });
    const { body } = await charge();
    await query(
      `UPDATE payments.pending_payments SET next_attempt_at = now() + interval '1 hour', leased_until = NULL WHERE payment_id = $1`,
      [body.id],
    );
    await clearFaults();
    expect(
      (await tell({ type: 'payment_intent.amount_capturable_updated', metadata: aboutPayment(body.id) })).status,
    ).toBe(204);
    expect(await ended(body.id)).toMatchObject({ status: 'captured' });
  });

  it('do not end the lease of somebody who is at it, who then looks again at once', async () => {
    const id = randomUUID();
    const insert = `INSERT INTO payments.pending_payments (payment_id, account_id, card_token_sealed, next_attempt_at, leased_until) VALUES ($1, $2, '', now() + interval '1 hour', now() + interval '1 hour')`;
    await query(insert, [id, ada.accountId]);
    await tell({ type: 'payment_intent.succeeded', metadata: aboutPayment(id) });
    expect(
      await query(
        'SELECT wake_requested, next_attempt_at > now() AS later FROM payments.pending_payments WHERE payment_id = $1',
        [id],
      ),
    ).toEqual([{ wake_requested: true, later: true }]);
    await query('DELETE FROM payments.pending_payments WHERE payment_id = $1', [id]);
  });

  it('bring the end of a refund that the bank had not decided', async () => {
    await sendEventsTo(`${bulwark.url}${PATH}`);
    const { body: paid } = await charge({ paymentMethod: 'tok_pending_refund' });
    const key = randomUUID();
    const refund = () =>
      bulwark.api.post<{ id: string; status: string }>(
        `/v1/payments/${paid.id}/refunds`,
        {},
        { token: ada.token, key },
      );
    expect(await refund()).toMatchObject({ status: 202, body: { status: 'processing' } });
    await eventually(async () => (await refund()).status === 201);
    expect(await refund()).toMatchObject({ body: { status: 'succeeded' } });
    await sendEventsTo(null);
  });

  it('about money that came after its payment had failed give it back, and the stock stays', async () => {
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
      'metadata[account]': ada.accountId,
    };
    const { id: providerId } = await askProvider<{ id: string }>('payment_intents', intent);
    await askProvider(`payment_intents/${providerId}/capture`);
    await query('UPDATE payments.payments SET amount_minor = 500 WHERE account_id = $1 AND id = $2', [
      ada.accountId,
      paymentId,
    ]);
    await tell({ type: 'payment_intent.succeeded', metadata: aboutPayment(paymentId) });
    await eventually(async () => (await chargesOf(paymentId))[0]?.refunded === 500);
    expect(await stockOf(item.id)).toBe(STOCK);
    await eventually(
      async () => (await query('SELECT FROM payments.orphan_checks WHERE payment_id = $1', [paymentId])).length === 0,
    );
  });
});

describe('a payment that nobody finishes', () => {
  let bulwark: Bulwark;
  let ada: Person;
  let item: Sold;

  beforeAll(async () => {
    await freshStart();
    await runCli('catalog-sample');
    bulwark = await startBulwark({ PAYMENT_PROVIDER_TIMEOUT_MS: '1000', PAYMENT_EXPIRES_AFTER_SECONDS: '30' });
    ada = await newCustomer(bulwark.api);
    [item] = await stockUp(STOCK);
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const statusOf = async (id: string): Promise<string> =>
    (await bulwark.api.get<PaymentBody>(`/v1/payments/${id}`, { token: ada.token })).body.status;

  it('is let go once it has expired: no charge, no hold, the stock back once', async () => {
    const key = randomUUID();
    await setFault({ operation: 'capture', mode: 'error' });
    const order = (): ReturnType<typeof pay> => pay(bulwark.api, item.id, {}, { token: ada.token, key });
    const { body } = await order();
    expect(body.status).toBe('processing');
    expect(await chargesOf(body.id)).toMatchObject([{ status: 'authorized' }]);
    await eventually(async () => (await statusOf(body.id)) === 'failed', 60_000);
    await clearFaults();
    expect(await chargesOf(body.id)).toMatchObject([{ status: 'voided' }]);
    expect(await stockOf(item.id)).toBe(STOCK);
    expect(await order()).toMatchObject({ status: 402, body: { code: 'card_declined', reason: 'expired' } });
    expect(await disagreements()).toEqual([]);
  }, 90_000);

  it('because the bank wants a second factor is declined, and nothing stays held', async () => {
    const refused = await pay(bulwark.api, item.id, { paymentMethod: 'tok_authenticate' }, { token: ada.token });
    expect(refused).toMatchObject({ status: 402, body: { code: 'card_declined', reason: 'authentication_required' } });
    const [failed] = await query<{ id: string }>(`SELECT id FROM audit.payments ORDER BY id DESC LIMIT 1`);
    expect(await chargesOf(failed?.id)).toMatchObject([{ status: 'voided' }]);
    expect(await stockOf(item.id)).toBe(STOCK);
  });

  it('whose authorization arrives after it was given up is not left holding the money', async () => {
    await setFault({ operation: 'authorize', mode: 'hold', count: 1 });
    const dying = pay(bulwark.api, item.id, {}, { token: ada.token });
    const { body } = await dying;
    expect(body.status).toBe('processing');
    // The request that lies parked at the provider is worked on only after recovery has given the payment up.
    await query('UPDATE payments.pending_payments SET next_attempt_at = now() WHERE payment_id = $1', [body.id]);
    await query(
      `UPDATE payments.payments SET created_at = now() - interval '1 hour' WHERE account_id = $1 AND id = $2`,
      [ada.accountId, body.id],
    );
    await eventually(async () => (await statusOf(body.id)) === 'failed');
    expect(await chargesOf(body.id)).toEqual([]);
    await clearFaults();
    await eventually(async () => (await chargesOf(body.id))[0]?.status === 'authorized');
    await eventually(async () => (await chargesOf(body.id))[0]?.status === 'voided', 60_000);
    expect(await stockOf(item.id)).toBe(STOCK);
    expect(await disagreements()).toEqual([]);
  }, 90_000);
});
