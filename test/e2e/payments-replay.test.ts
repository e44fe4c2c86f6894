import { Redis } from 'ioredis';
import type { ApiAnswer } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { query } from '../support/fresh-start.js';
import { setUpPayments, disagreements, pay, stockOf } from '../support/payments.js';
import { callsOf } from '../support/provider-sandbox.js';
import { testServices } from '../support/services.js';

const STOCK = 100;
const REPLAYS = 50;
const REPLAYED_HEADERS = ['content-type', 'location'];

describe('the answer under a key', () => {
  const shop = setUpPayments({ stock: STOCK, keepsStock: true });

  beforeAll(async () => {
    first = [];
    for (const send of requests) first.push(await send());
    calls = (await callsOf()).length;
  });
  let first: ApiAnswer[];
  let calls: number;

  const send = (order: object, key: string) =>
    pay(shop.api, shop.item.id, { ...order }, { token: shop.customer.token, key }) as unknown as Promise<ApiAnswer>;
  /** Paid, declined, paid already, and refunded in part. */
  const requests: (() => Promise<ApiAnswer>)[] = [
    () => send({ reference: 'order-1' }, 'paid'),
    () => send({ paymentMethod: 'tok_declined' }, 'declined'),
    () => send({ reference: 'order-1' }, 'twice'),
    () =>
      shop.api.post(
        `/v1/payments/${String(first[0]?.body.id)}/refunds`,
        { amount: { amount: 1, currency: shop.item.price.currency } },
        { token: shop.customer.token, key: 'refund' },
      ),
  ];

  const expectReplays = async (): Promise<void> => {
    for (const [index, request] of requests.entries()) {
      const original = first[index] as ApiAnswer;
      for (const replay of await Promise.all(Array.from({ length: REPLAYS }, request))) {
        expect([replay.status, replay.text]).toEqual([original.status, original.text]);
        for (const name of REPLAYED_HEADERS) expect(replay.headers.get(name)).toBe(original.headers.get(name));
        expect(replay.headers.get('idempotency-replayed')).toBe('true');
      }
    }
    expect(await callsOf()).toHaveLength(calls);
    expect(await stockOf(shop.item.id)).toBe(STOCK - 1);
  };

  it('is no replay for the first request', () => {
    expect(first.map(({ status }) => status)).toEqual([201, 402, 409, 201]);
    expect(first.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, null, null, null]);
    expect(first[0]?.headers.get('location')).toBe(`/v1/payments/${String(first[0]?.body.id)}`);
  });

  it('is the same bytes for every repeat, without a call to the provider', async () => {
    await expectReplays();
  });

  it('survives the loss of everything in Redis', async () => {
    for (const url of [testServices().redis, testServices().redisCache]) {
      const redis = new Redis(url);
      await redis.flushall();
      await redis.quit();
    }
    await expectReplays();
  });

  it('survives a restart of every process', async () => {
    await shop.bulwark.stop();
    await shop.start();
    await expectReplays();
    const reused = await send({ items: [{ itemId: shop.item.id, quantity: 2 }], reference: 'order-1' }, 'paid');
    expect(reused).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused', type: '/problems/idempotency_key_reused' },
    });
    await expectReplays();
  });

  it('expires after a day; the reference does not, so that the order is still paid only once', async () => {
    await query(
      `UPDATE platform.idempotency_keys
        SET created_at = now() - interval '25 hours', expires_at = now() - interval '1 hour' WHERE key = 'paid'`,
    );
    expect(await send({ reference: 'order-1' }, 'paid')).toMatchObject({
      status: 409,
      body: { code: 'already_paid', paymentId: first[0]?.body.id },
    });
    expect(await callsOf()).toHaveLength(calls);
    await query(
      `UPDATE platform.idempotency_keys
        SET created_at = now() - interval '25 hours', expires_at = now() - interval '1 hour' WHERE key = 'paid'`,
    );
    expect(await send({ reference: 'order-2' }, 'paid')).toMatchObject({ status: 201, body: { reference: 'order-2' } });
  });

  it('leaves a ledger that agrees with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    });
  });
});
