import { Redis } from 'ioredis';
import type { ApiAnswer } from '../support/api-client.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { callsOf, disagreements, pay, stockOf, stockUp, type Sold } from '../support/payments.js';
import { newCustomer, type Person } from '../support/people.js';
import { runCli } from '../support/run-cli.js';
import { testServices } from '../support/services.js';

const STOCK = 100;
const REPLAYS = 50;
const REPLAYED_HEADERS = ['content-type', 'location'];

describe('the answer under a key', () => {
  let bulwark: Bulwark;
  let ada: Person;
  let item: Sold;
  let first: ApiAnswer[];
  let calls: number;

  beforeAll(async () => {
    await freshStart();
    await runCli('catalog-sample');
    bulwark = await startBulwark();
    ada = await newCustomer(bulwark.api);
    [item] = await stockUp(STOCK);
    first = [];
    for (const send of requests) first.push(await send());
    calls = (await callsOf()).length;
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const send = (order: object, key: string) =>
    pay(bulwark.api, item.id, { ...order }, { token: ada.token, key }) as unknown as Promise<ApiAnswer>;
  /** Paid, declined, paid already, and given back in part. */
  const requests: (() => Promise<ApiAnswer>)[] = [
    () => send({ reference: 'order-1' }, 'paid'),
    () => send({ paymentMethod: 'tok_declined' }, 'declined'),
    () => send({ reference: 'order-1' }, 'twice'),
    () =>
      bulwark.api.post(
        `/v1/payments/${String(first[0]?.body.id)}/refunds`,
        { amount: { amount: 1, currency: item.price.currency } },
        { token: ada.token, key: 'refund' },
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
    expect(await stockOf(item.id)).toBe(STOCK - 1);
  };

  it('is new to the first who asks, and says what was done', () => {
    expect(first.map(({ status }) => status)).toEqual([201, 402, 409, 201]);
    expect(first.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, null, null, null]);
    expect(first[0]?.headers.get('location')).toBe(`/v1/payments/${String(first[0]?.body.id)}`);
  });

  it('is the same bytes ever after, and the provider is not asked', async () => {
    await expectReplays();
  });

  it('survives that Redis forgets everything', async () => {
    for (const url of [testServices().redis, testServices().redisCache]) {
      const redis = new Redis(url);
      await redis.flushall();
      await redis.quit();
    }
    await expectReplays();
  });

  it('survives that the processes end and others begin', async () => {
    await bulwark.stop();
    bulwark = await startBulwark();
    await expectReplays();
    const reused = await send({ items: [{ itemId: item.id, quantity: 2 }], reference: 'order-1' }, 'paid');
    expect(reused).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused', type: '/problems/idempotency_key_reused' },
    });
    await expectReplays();
  });

  it('is forgotten after a day; a reference is not, so that nobody pays twice all the same', async () => {
    await query(
      "UPDATE platform.idempotency_keys SET created_at = now() - interval '25 hours', expires_at = now() - interval '1 hour' WHERE key = 'paid'",
    );
    expect(await send({ reference: 'order-1' }, 'paid')).toMatchObject({
      status: 409,
      body: { code: 'already_paid', paymentId: first[0]?.body.id },
    });
    expect(await callsOf()).toHaveLength(calls);
    await query(
      "UPDATE platform.idempotency_keys SET created_at = now() - interval '25 hours', expires_at = now() - interval '1 hour' WHERE key = 'paid'",
    );
    expect(await send({ reference: 'order-2' }, 'paid')).toMatchObject({ status: 201, body: { reference: 'order-2' } });
  });

  it('leaves books that agree with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    });
  });
});
