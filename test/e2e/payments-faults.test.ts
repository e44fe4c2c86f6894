import { Client } from 'pg';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import {
  callsOf,
  chargesOf,
  clearFaults,
  disagreements,
  pay,
  setFault,
  stockOf,
  stockUp,
  type PaymentBody,
  type Sold,
} from '../support/payments.js';
import { newCustomer, type Person } from '../support/people.js';
import { runCli } from '../support/run-cli.js';
import { testServices } from '../support/services.js';

const STOCK = 100;
/** The looks come after 5 s, 15 s and a minute: two of them may be needed. */
const RECOVERED_WITHIN_MS = 50_000;
const PROVIDER = { PAYMENT_PROVIDER_TIMEOUT_MS: '1000' };

describe('a payment whose provider fails', () => {
  let bulwark: Bulwark;
  let ada: Person;
  let item: Sold;

  beforeAll(async () => {
    await freshStart();
    await runCli('catalog-sample');
    bulwark = await startBulwark(PROVIDER);
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

  const charge = (order: Record<string, unknown>, key: string) =>
    pay(bulwark.api, item.id, order, { token: ada.token, key });
  const ended = (id: string): Promise<PaymentBody> =>
    eventually(async () => {
      const { body } = await bulwark.api.get<PaymentBody>(`/v1/payments/${id}`, { token: ada.token });
      return body.status !== 'processing' && body;
    }, RECOVERED_WITHIN_MS);
  const byReference = async (reference: string) =>
    query<{ id: string; status: string }>('SELECT id, status FROM audit.payments WHERE reference = $1', [reference]);

  it('twice is taken at the third attempt, under one key', async () => {
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

  it('before the charge ends as unavailable, gives the stock back, and the same key may try again', async () => {
    const refused = await charge({ paymentMethod: 'tok_error', reference: 'unlucky' }, 'unlucky');
    expect(refused).toMatchObject({ status: 503, body: { code: 'payment_provider_unavailable' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await stockOf(item.id)).toBe(STOCK);
    const [failed] = await byReference('unlucky');
    expect(failed?.status).toBe('failed');
    expect(await chargesOf(failed?.id)).toEqual([]);
    // The key is free: another order under it is no reuse.
    expect(await charge({ reference: 'unlucky' }, 'unlucky')).toMatchObject({ status: 201 });
    expect(await stockOf(item.id)).toBe(STOCK - 1);
  });

  it('three times ends as unavailable with nothing charged, and the same order under the same key is then taken', async () => {
    await setFault({ operation: 'authorize', mode: 'error', count: 3 });
    expect(await charge({ reference: 'again' }, 'again')).toMatchObject({
      status: 503,
      body: { code: 'payment_provider_unavailable' },
    });
    expect(await stockOf(item.id)).toBe(STOCK);
    const paid = await charge({ reference: 'again' }, 'again');
    expect(paid).toMatchObject({ status: 201, body: { status: 'captured' } });
    expect((await byReference('again')).map(({ status }) => status).toSorted()).toEqual(['captured', 'failed']);
    for (const { id, status } of await byReference('again'))
      expect(await chargesOf(id)).toHaveLength(status === 'captured' ? 1 : 0);
    expect((await charge({ reference: 'again' }, 'again')).text).toBe(paid.text);
    expect(await stockOf(item.id)).toBe(STOCK - 1);
  });

  it('under a key that was taken over before hears 503 and no decline, and the key may try again', async () => {
    const staff = new Client({ connectionString: testServices().postgresPrimary });
    await staff.connect();
    await staff.query('BEGIN');
    await staff.query('SELECT FROM catalog.stock WHERE item_id = $1 FOR UPDATE', [item.id]);
    // The lock outlasts the role's patience: the attempt dies before it has begun, and leaves its key behind.
    expect((await charge({}, 'taken-over')).status).toBeGreaterThanOrEqual(500);
    await staff.query('ROLLBACK');
    await staff.end();
    await setFault({ operation: 'authorize', mode: 'error', count: 3 });
    expect(await charge({}, 'taken-over')).toMatchObject({
      status: 503,
      body: { code: 'payment_provider_unavailable' },
    });
    expect(await charge({}, 'taken-over')).toMatchObject({ status: 201, body: { status: 'captured' } });
    expect(await stockOf(item.id)).toBe(STOCK - 1);
  });

  it('to say what it did is processing, and ends as captured by itself, charged once', async () => {
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
    expect(await stockOf(item.id)).toBe(STOCK - 1);
    // The key has the end of the story now.
    expect(await charge({ paymentMethod: 'tok_timeout', reference: 'silent' }, 'silent')).toMatchObject({
      status: 201,
      body: { id: first.body.id, status: 'captured' },
    });
  });

  it('to answer while the card is declined ends as failed, with the stock back once and the decline under its key', async () => {
    await setFault({ operation: 'authorize', mode: 'hold', count: 1 });
    const first = await charge({ paymentMethod: 'tok_declined' }, 'held-decline');
    expect(first).toMatchObject({ status: 202, body: { status: 'processing' } });
    expect(await stockOf(item.id)).toBe(STOCK - 1);
    await clearFaults();
    expect(await ended(first.body.id)).toMatchObject({ status: 'failed' });
    expect(await stockOf(item.id)).toBe(STOCK);
    expect(await charge({ paymentMethod: 'tok_declined' }, 'held-decline')).toMatchObject({
      status: 402,
      body: { code: 'card_declined' },
    });
    expect(await stockOf(item.id)).toBe(STOCK);
  });

  it('leaves books that agree with the provider', async () => {
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      return true;
    }, RECOVERED_WITHIN_MS);
  });
});

describe('a provider that is not there', () => {
  let bulwark: Bulwark;
  let ada: Person;
  let item: Sold;

  beforeAll(async () => {
    await freshStart();
    await runCli('catalog-sample');
    bulwark = await startBulwark({ PAYMENT_PROVIDER_URL: 'http://127.0.0.1:1' });
    ada = await newCustomer(bulwark.api);
    [item] = await stockUp(STOCK);
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  it('costs nothing but a 503, and once the breaker is open not even a reservation', async () => {
    const attempts = await Promise.all(
      Array.from({ length: 30 }, () => pay(bulwark.api, item.id, {}, { token: ada.token })),
    );
    for (const attempt of attempts)
      expect(attempt).toMatchObject({ status: 503, body: { code: 'payment_provider_unavailable' } });
    expect(await stockOf(item.id)).toBe(STOCK);
    expect(bulwark.logs()).toContain('"breaker":"Open"');
    const before = (await query('SELECT FROM audit.payments')).length;
    const refused = await pay(bulwark.api, item.id, {}, { token: ada.token, key: 'fast' });
    expect(refused).toMatchObject({ status: 503, body: { code: 'payment_provider_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await query('SELECT FROM audit.payments')).toHaveLength(before);
    expect(await query("SELECT FROM audit.idempotency_keys WHERE key = 'fast'")).toEqual([]);
  });

  it('is asked again after a pause', async () => {
    const before = (await query('SELECT FROM audit.payments')).length;
    await eventually(async () => {
      await pay(bulwark.api, item.id, {}, { token: ada.token });
      return (await query('SELECT FROM audit.payments')).length > before;
    });
    expect(await stockOf(item.id)).toBe(STOCK);
  });
});
