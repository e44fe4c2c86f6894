import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import type { ApiAnswer } from '../support/api-client.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStartWithCatalog, query } from '../support/fresh-start.js';
import { metric } from '../support/metrics.js';
import { PartnerReceiver, type ReceivedWebhook } from '../support/partner-receiver.js';
import { pay, stockUp, type PaymentBody, type Sold } from '../support/payments.js';
import { newCustomer, newStaff, type Person } from '../support/people.js';
import { testServices } from '../support/services.js';

interface EndpointBody {
  id: string;
  url: string;
  events: string[];
  status: string;
  disabledReason: string | null;
  secret: string;
  previousSecretUntil: string | null;
  code: string;
  detail: string;
}

interface DeliveryBody {
  id: string;
  eventId: string;
  eventType: string;
  status: string;
  attempts: number;
  lastStatusCode: number | null;
  lastError: string | null;
  nextAttemptAt: string | null;
  deliveredAt: string | null;
  code: string;
}

const ENDPOINTS = '/v1/webhook-endpoints';
const UNKNOWN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('partner webhooks', () => {
  let bulwark: Bulwark;
  let partner: Person;
  let customer: Person;
  let item: Sold;
  let receiver: PartnerReceiver;

  beforeAll(async () => {
    await freshStartWithCatalog();
    bulwark = await startBulwark();
    [partner, customer] = [await newStaff(bulwark.api, 'partner'), await newCustomer(bulwark.api)];
    [item] = await stockUp(10_000);
  });

  beforeEach(async () => {
    await query("UPDATE platform.webhook_endpoints SET status = 'deleted'");
    receiver = await PartnerReceiver.start();
  });

  afterEach(async () => {
    await receiver.stop();
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const register = (
    url = receiver.url,
    events = ['payment.captured', 'payment.refunded'],
    token = partner.token,
  ): Promise<ApiAnswer<EndpointBody>> => bulwark.api.post(ENDPOINTS, { url, events }, { token });
  const buy = async (): Promise<PaymentBody> => {
    const answer = await pay(bulwark.api, item.id, {}, { token: customer.token });
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const deliveries = async (endpointId: string): Promise<DeliveryBody[]> =>
    (await bulwark.api.get<{ data: DeliveryBody[] }>(`${ENDPOINTS}/${endpointId}/deliveries`, { token: partner.token }))
      .body.data;
  const lastDelivery = (endpointId: string, wanted: Partial<DeliveryBody>): Promise<DeliveryBody> =>
    eventually(async () => {
      const [last] = await deliveries(endpointId);
      expect(last).toMatchObject(wanted);
      return last as DeliveryBody;
    });
  const verify = (secret: string, { headers, text }: ReceivedWebhook): unknown =>
    new Webhook(secret).verify(text, headers as Record<string, string>);

  it('carry a payment and its refund, signed, without the customer', async () => {
    const { body: endpoint } = await register();
    expect(endpoint).toMatchObject({
      url: receiver.url,
      status: 'enabled',
      events: ['payment.captured', 'payment.refunded'],
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) as string,
    });
    const payment = await buy();
    await bulwark.api.post(
      `/v1/payments/${payment.id}/refunds`,
      { amount: { amount: 1, currency: payment.amount.currency } },
      { token: customer.token },
    );
    await eventually(() => receiver.received.length === 2);
    const messages = receiver.received.map((message) => verify(endpoint.secret, message)) as { type: string }[];
    const line = payment.lines[0];
    expect(messages.find(({ type }) => type === 'payment.captured')).toEqual({
      type: 'payment.captured',
      timestamp: expect.any(String) as string,
      data: {
        paymentId: payment.id,
        amount: payment.amount,
        lines: [{ sku: line?.sku, title: line?.title, quantity: 1, unitPrice: line?.unitPrice }],
        capturedAt: payment.capturedAt,
      },
    });
    expect(messages.find(({ type }) => type === 'payment.refunded')).toMatchObject({
      data: { paymentId: payment.id, amount: { amount: 1, currency: payment.amount.currency } },
    });
    expect(receiver.received.map(({ text }) => text).join()).not.toContain(customer.accountId);
  });

  it('carry one id per event, however often the queue repeats it', async () => {
    await register();
    const payment = await buy();
    await eventually(() => receiver.received.length === 1);
    const [row] = await query<{ id: string; type: string; payload: object; occurred_at: Date }>(
      `SELECT id, type, payload, occurred_at FROM platform.outbox
        WHERE aggregate_id = $1 AND type = 'payments.payment-captured.v1'`,
      [payment.id],
    );
    const queue = new Queue('webhooks', {
      connection: { url: testServices().redis },
      prefix: '{bulwark}',
    });
    const data = {
      id: row?.id,
      type: row?.type,
      aggregateType: 'payment',
      aggregateId: payment.id,
      occurredAt: row?.occurred_at.toISOString(),
      payload: row?.payload,
      headers: {},
    };
    await queue.addBulk(
      [1, 2, 3].map((time) => ({
        name: String(row?.type),
        data,
        opts: { jobId: `again-${time}-${row?.id}`, removeOnComplete: false },
      })),
    );
    await eventually(async () =>
      (await Promise.all([1, 2, 3].map((time) => queue.getJobState(`again-${time}-${row?.id}`)))).every(
        (state) => state === 'completed',
      ),
    );
    await queue.close();
    await buy();
    await eventually(() => new Set(receiver.ids()).size === 2);
    expect(receiver.ids().filter((id) => id === row?.id)).toHaveLength(1);
  });

  it('are signed with the old secret too after a rotation', async () => {
    const { body: endpoint } = await register();
    const rotated = await bulwark.api.post<EndpointBody>(`${ENDPOINTS}/${endpoint.id}/secret`, undefined, {
      token: partner.token,
    });
    expect(rotated).toMatchObject({
      status: 200,
      body: { id: endpoint.id, previousSecretUntil: expect.any(String) as string },
    });
    expect(rotated.body.secret).not.toBe(endpoint.secret);
    await buy();
    const message = await eventually(() => receiver.received[0]);
    expect(String(message.headers['webhook-signature']).split(' ')).toHaveLength(2);
    verify(endpoint.secret, message);
    verify(rotated.body.secret, message);
    await query(
      "UPDATE platform.webhook_endpoints SET previous_secret_until = now() - interval '1 second' WHERE id = $1",
      [endpoint.id],
    );
    await buy();
    const later = await eventually(() => receiver.received[1]);
    verify(rotated.body.secret, later);
    expect(() => verify(endpoint.secret, later)).toThrow();
  });

  it('are retried under the same id after a failure', async () => {
    const { body: endpoint } = await register();
    receiver.answerNext((response) => response.writeHead(500).end('internal secrets of the partner'));
    await buy();
    const waiting = await lastDelivery(endpoint.id, {
      status: 'pending',
      attempts: 1,
      lastStatusCode: 500,
      lastError: 'It answered 500.',
      deliveredAt: null,
    });
    expect(Date.parse(waiting.nextAttemptAt ?? '')).toBeGreaterThan(Date.now());
    await lastDelivery(endpoint.id, {
      id: waiting.id,
      status: 'delivered',
      attempts: 2,
      lastStatusCode: 204,
      lastError: null,
      nextAttemptAt: null,
      deliveredAt: expect.any(String) as string,
    });
    expect(receiver.ids()).toEqual([waiting.eventId, waiting.eventId]);
  });

  it('are retried after Redis was flushed', async () => {
    const { body: endpoint } = await register();
    receiver.answerNext((response) => response.writeHead(500).end());
    await buy();
    const { id } = await lastDelivery(endpoint.id, { status: 'pending', attempts: 1, lastStatusCode: 500 });
    const redis = new Redis(testServices().redis);
    await redis.flushall();
    await redis.quit();
    await lastDelivery(endpoint.id, { id, status: 'delivered', attempts: 2 });
    expect(receiver.received).toHaveLength(2);
  });

  it('stop at an endpoint that answers 410, until its owner enables it', async () => {
    const { body: endpoint } = await register();
    receiver.answerNext((response) => response.writeHead(410).end());
    await buy();
    const dead = await lastDelivery(endpoint.id, { status: 'dead', attempts: 1, lastStatusCode: 410 });
    const read = (): Promise<ApiAnswer<EndpointBody>> =>
      bulwark.api.get(`${ENDPOINTS}/${endpoint.id}`, { token: partner.token });
    expect((await read()).body).toMatchObject({ status: 'disabled', disabledReason: 'gone' });
    const replay = `${ENDPOINTS}/${endpoint.id}/deliveries/${dead.id}/replay`;
    expect(await bulwark.api.post(replay, undefined, { token: partner.token })).toMatchObject({
      status: 409,
      body: { code: 'webhook_endpoint_disabled' },
    });
    expect(
      await bulwark.api.post(`${ENDPOINTS}/${endpoint.id}/enable`, undefined, { token: partner.token }),
    ).toMatchObject({ status: 200, body: { status: 'enabled', disabledReason: null } });
    expect(await bulwark.api.post(replay, undefined, { token: partner.token })).toMatchObject({
      status: 202,
      body: { status: 'pending', attempts: 0 },
    });
    await lastDelivery(endpoint.id, { id: dead.id, status: 'delivered' });
  });

  it('stop at an endpoint where every delivery has failed for days', async () => {
    const { body: endpoint } = await register();
    await query(
      `UPDATE platform.webhook_endpoints SET failures_in_row = 19, failing_since = now() - interval '73 hours'
        WHERE id = $1`,
      [endpoint.id],
    );
    receiver.otherwise = (response) => response.writeHead(503).end();
    await buy();
    await eventually(
      async () =>
        (await bulwark.api.get<EndpointBody>(`${ENDPOINTS}/${endpoint.id}`, { token: partner.token })).body
          .disabledReason === 'failing',
    );
    expect(await deliveries(endpoint.id)).toMatchObject([{ status: 'pending', lastStatusCode: 503 }]);
  });

  it('become dead letters after the last attempt, and can be replayed', async () => {
    const { body: endpoint } = await register();
    receiver.answerNext(
      (response) => response.writeHead(500).end(),
      (response) => response.writeHead(500).end(),
    );
    await buy();
    const { id } = await lastDelivery(endpoint.id, { status: 'pending', attempts: 1 });
    await query('UPDATE platform.webhook_deliveries SET attempts = 9, next_attempt_at = now() WHERE id = $1', [id]);
    await lastDelivery(endpoint.id, { status: 'dead', attempts: 10, nextAttemptAt: null });
    expect(
      await bulwark.api.post(`${ENDPOINTS}/${endpoint.id}/deliveries/${id}/replay`, undefined, {
        token: partner.token,
      }),
    ).toMatchObject({ status: 202 });
    await lastDelivery(endpoint.id, { id, status: 'delivered', attempts: 1 });
    expect(await metric(bulwark, 'bulwark_webhook_deliveries_total', { outcome: 'dead' })).toBeGreaterThan(0);
  });

  it('follow no redirect', async () => {
    const { body: endpoint } = await register();
    receiver.answerNext((response) => response.writeHead(307, { location: `${receiver.url}/elsewhere` }).end());
    await buy();
    await lastDelivery(endpoint.id, { status: 'delivered', attempts: 2 });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hooks', '/hooks']);
  });

  describe('while other partners hang', () => {
    let hanging: PartnerReceiver;
    let endpoint: EndpointBody;

    beforeEach(async () => {
      hanging = await PartnerReceiver.start();
      hanging.otherwise = () => undefined;
      endpoint = (await register(hanging.url)).body;
    });

    afterEach(async () => {
      await hanging.stop();
    });

    /** The same endpoint many times more, as if other partners had registered it. */
    const multiply = (times: number, failures: number): Promise<unknown> =>
      query(
        `INSERT INTO platform.webhook_endpoints (id, account_id, url, events, secret_sealed, failures_in_row)
         SELECT gen_random_uuid(), gen_random_uuid(), url, events, secret_sealed, $3 
           FROM platform.webhook_endpoints, generate_series(1, $2) WHERE id = $1`,
        [endpoint.id, times, failures],
      );
    const recorded = (): Promise<unknown[]> =>
      query(
        `SELECT FROM platform.webhook_deliveries
          JOIN platform.webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
          WHERE url = $1 AND endpoint.status = 'enabled'`,
        [hanging.url],
      );
    const timedOut = (): Promise<unknown[]> =>
      query(
        `SELECT FROM platform.webhook_deliveries
          JOIN platform.webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
          WHERE url = $1 AND last_error IS NOT NULL`,
        [hanging.url],
      );
    const reachesTheGoodOne = async (): Promise<void> => {
      await register();
      await buy();
      await eventually(() => receiver.received.length === 1);
      // It did not wait for the others to time out.
      expect(await timedOut()).toEqual([]);
    };

    it('reach the others, and customers pay, however many are due to those that hang', async () => {
      await multiply(2, 0);
      await Promise.all(Array.from({ length: 30 }, buy));
      await eventually(async () => (await recorded()).length === 90 && hanging.received.length >= 24);
      await reachesTheGoodOne();
    });

    it('reach the others, however many endpoints have failed before', async () => {
      await multiply(80, 1);
      await buy();
      await eventually(async () => (await recorded()).length === 81 && hanging.received.length >= 32);
      await reachesTheGoodOne();
    });
  });

  it('arrive under the same id when the worker is killed during an attempt', async () => {
    const { body: endpoint } = await register();
    const worker = await eventually(() => bulwark.pids.worker ?? undefined);
    receiver.answerNext(() => process.kill(worker, 'SIGKILL'));
    await buy();
    await eventually(() => receiver.received.length === 2, 60_000);
    await lastDelivery(endpoint.id, { status: 'delivered', attempts: 2 });
    expect(new Set(receiver.ids()).size).toBe(1);
  }, 90_000);

  it('are sent once each by two workers', async () => {
    const { body: endpoint } = await register();
    const second = await startBulwark({ BULWARK_ROLE: 'worker' });
    try {
      await Promise.all(Array.from({ length: 40 }, buy));
      await eventually(() => new Set(receiver.ids()).size === 40);
      await eventually(
        async () =>
          (
            await query("SELECT FROM platform.webhook_deliveries WHERE endpoint_id = $1 AND status = 'delivered'", [
              endpoint.id,
            ])
          ).length === 40,
      );
      expect(receiver.received).toHaveLength(40);
    } finally {
      await second.stop();
    }
  });

  it('are sent again on demand, also when they were delivered', async () => {
    const { body: endpoint } = await register();
    await buy();
    const { id } = await lastDelivery(endpoint.id, { status: 'delivered' });
    expect(
      await bulwark.api.post(`${ENDPOINTS}/${endpoint.id}/deliveries/${id}/replay`, undefined, {
        token: partner.token,
      }),
    ).toMatchObject({ status: 202, body: { id, status: 'pending' } });
    await eventually(() => receiver.received.length === 2);
    expect(new Set(receiver.ids()).size).toBe(1);
  });

  it('are sent for subscribed events only', async () => {
    const { body: endpoint } = await register(receiver.url, ['payment.refunded']);
    const payment = await buy();
    await bulwark.api.post(`/v1/payments/${payment.id}/refunds`, undefined, { token: customer.token });
    await lastDelivery(endpoint.id, { status: 'delivered', eventType: 'payment.refunded' });
    expect(await deliveries(endpoint.id)).toHaveLength(1);
  });

  it('are hidden from other accounts, and for partners only', async () => {
    const { body: endpoint } = await register();
    await buy();
    const { id: delivery } = await lastDelivery(endpoint.id, { status: 'delivered' });
    const stranger = await newStaff(bulwark.api, 'partner');
    const routes: [string, string][] = [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/secret'],
      ['POST', '/enable'],
      ['GET', '/deliveries'],
      ['POST', `/deliveries/${delivery}/replay`],
    ];
    for (const [method, path] of routes) {
      const of = (id: string, token: string): Promise<ApiAnswer<EndpointBody>> =>
        bulwark.api.send(method, `${ENDPOINTS}/${id}${path}`, undefined, { token });
      const [theirs, unknown, forbidden] = [
        await of(endpoint.id, stranger.token),
        await of(UNKNOWN_ID, stranger.token),
        await of(endpoint.id, customer.token),
      ];
      expect([theirs.status, unknown.status, forbidden.status]).toEqual([404, 404, 403]);
      expect(theirs.body.detail).toBe(unknown.body.detail);
    }
    expect((await bulwark.api.get<{ data: unknown[] }>(ENDPOINTS, { token: stranger.token })).body.data).toEqual([]);
    expect(
      (await bulwark.api.get<{ data: EndpointBody[] }>(ENDPOINTS, { token: partner.token })).body.data.map(
        ({ id }) => id,
      ),
    ).toEqual([endpoint.id]);
    expect(receiver.received).toHaveLength(1);
  });

  it('have at most 20 endpoints per account, also when registered in parallel', async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => register()));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    for (const refused of answers.filter(({ status }) => status !== 201))
      expect(refused).toMatchObject({ status: 409, body: { code: 'too_many_webhook_endpoints' } });
    const list = (cursor?: string): Promise<ApiAnswer<{ data: EndpointBody[]; nextCursor: string | null }>> =>
      bulwark.api.get(`${ENDPOINTS}?limit=15${cursor ? `&cursor=${cursor}` : ''}`, { token: partner.token });
    const first = (await list()).body;
    const second = (await list(first.nextCursor ?? '')).body;
    expect([first.data.length, second.data.length, second.nextCursor]).toEqual([15, 5, null]);
    expect(new Set([...first.data, ...second.data].map(({ id }) => id)).size).toBe(20);
  });

  it('show a secret once, and store it sealed', async () => {
    const request = { token: partner.token, key: 'register-once' };
    const first = await bulwark.api.post<EndpointBody>(
      ENDPOINTS,
      { url: receiver.url, events: ['payment.captured'] },
      request,
    );
    const again = await bulwark.api.post<EndpointBody>(
      ENDPOINTS,
      { url: receiver.url, events: ['payment.captured'] },
      request,
    );
    expect(again.text).toBe(first.text);
    expect((await bulwark.api.get(`${ENDPOINTS}/${first.body.id}`, { token: partner.token })).text).not.toContain(
      'whsec_',
    );
    const plain = Buffer.from(first.body.secret.replace('whsec_', ''), 'base64');
    const [row] = await query<{ sealed: Buffer }>(
      'SELECT secret_sealed AS sealed FROM platform.webhook_endpoints WHERE id = $1',
      [first.body.id],
    );
    expect(row?.sealed.includes(plain)).toBe(false);
    expect(bulwark.logs()).not.toContain(first.body.secret);
  });

  it.each([
    [{ url: 'https://partner.example/hooks' }, '/events'],
    [{ url: 'https://partner.example/hooks', events: [] }, '/events'],
    [{ url: 'https://partner.example/hooks', events: ['payment.captured', 'payment.captured'] }, '/events'],
    [{ url: 'https://partner.example/hooks', events: ['payment.imagined'] }, '/events'],
    [{ url: 7, events: ['payment.captured'] }, '/url'],
    [{ url: 'https://partner.example/hooks', events: ['payment.captured'], secret: 'mine' }, '/secret'],
  ])('refuse an invalid registration: %j', async (body, pointer) => {
    expect(await bulwark.api.post(ENDPOINTS, body, { token: partner.token })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [expect.objectContaining({ pointer })] },
    });
  });

  it('leave no rows of a removed endpoint, nor of deliveries that ended long ago', async () => {
    const [{ body: removed }, { body: kept }] = [await register(), await register()];
    await buy();
    await Promise.all([
      lastDelivery(removed.id, { status: 'delivered' }),
      lastDelivery(kept.id, { status: 'delivered' }),
    ]);
    expect((await bulwark.api.delete(`${ENDPOINTS}/${removed.id}`, { token: partner.token })).status).toBe(204);
    expect((await bulwark.api.get(`${ENDPOINTS}/${removed.id}`, { token: partner.token })).status).toBe(404);
    await query("UPDATE platform.webhook_deliveries SET ended_at = now() - interval '31 days' WHERE endpoint_id = $1", [
      kept.id,
    ]);
    await buy();
    await eventually(
      async () => (await query('SELECT FROM platform.webhook_endpoints WHERE id = $1', [removed.id])).length === 0,
      40_000,
    );
    await eventually(async () => (await deliveries(kept.id)).length === 1, 40_000);
    expect(receiver.received).toHaveLength(3);
  }, 90_000);
});

describe('partner webhooks in production', () => {
  let bulwark: Bulwark;
  let partner: Person;
  let receiver: PartnerReceiver;

  beforeAll(async () => {
    await freshStartWithCatalog();
    bulwark = await startBulwark({ BULWARK_ENV: 'production' });
    partner = await newStaff(bulwark.api, 'partner');
    receiver = await PartnerReceiver.start();
  });

  afterAll(async () => {
    await receiver?.stop();
    await bulwark?.stop();
  });

  it.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::ffff:127.0.0.1]/',
    'file:///etc/passwd',
    'gopher://partner.example/',
    'https://user@partner.example/',
    'https://partner.example:22/',
    'http://partner.example/',
    'https://localhost/',
    'https://10.0.0.7/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[fd00:ec2::254]/',
    'no URL',
  ])('refuse %s', async (url) => {
    expect(
      await bulwark.api.post(ENDPOINTS, { url, events: ['payment.captured'] }, { token: partner.token }),
    ).toMatchObject({
      status: 422,
      body: { code: 'webhook_target_refused', detail: expect.stringMatching(/\S/) as string },
    });
    expect(await query('SELECT FROM platform.webhook_endpoints')).toEqual([]);
  });

  it('are never sent to a URL that is not allowed, also when it was registered before', async () => {
    const { body } = await bulwark.api.post<EndpointBody>(
      ENDPOINTS,
      { url: 'https://partner.example.invalid/hooks', events: ['payment.captured'] },
      { token: partner.token },
    );
    await query('UPDATE platform.webhook_endpoints SET url = $2 WHERE id = $1', [body.id, receiver.url]);
    const [[item], customer] = [await stockUp(10), await newCustomer(bulwark.api)];
    await pay(bulwark.api, item.id, {}, { token: customer.token });
    const refused = await eventually(async () => {
      const { data } = (
        await bulwark.api.get<{ data: DeliveryBody[] }>(`${ENDPOINTS}/${body.id}/deliveries`, { token: partner.token })
      ).body;
      return data.find(({ attempts, lastError }) => attempts === 1 && lastError !== null);
    });
    expect(refused).toMatchObject({
      status: 'pending',
      lastStatusCode: null,
      lastError: expect.stringContaining('The webhook URL is not allowed.') as string,
    });
    expect(receiver.received).toEqual([]);
  });
});
