import { Queue, type Job } from 'bullmq';
import { v7 as uuidv7 } from 'uuid';
import type { ApiAnswer } from '../support/api-client.js';
import { probeFreePort } from '../../src/platform/machine/index.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { newCustomer, newStaff, type Person } from '../support/people.js';
import { testServices } from '../support/services.js';

interface LetterBody {
  consumer: string;
  jobId: string;
  eventId: string;
  eventType: string;
  attempts: number;
  failedAt: string | null;
  reason: string;
  stack: string;
}
interface ListBody {
  data: LetterBody[];
  total: number;
  code: string;
}

const CONSUMER = 'payments-sales';
const TYPE = 'payments.payment-captured.v1';
const PATH = '/v1/dead-letters';

describe('dead letters', () => {
  let bulwark: Bulwark;
  let finance: Person;
  let queue: Queue;

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark();
    finance = await newStaff(bulwark.api, 'finance');
    queue = new Queue(CONSUMER, { connection: { url: testServices().redis }, prefix: '{bulwark}' });
  });

  afterAll(async () => {
    await queue?.close();
    await bulwark?.stop();
  });

  const list = (search = ''): Promise<ApiAnswer<ListBody>> =>
    bulwark.api.get(`${PATH}${search}`, { token: finance.token });
  const replay = (jobId: string, consumer = CONSUMER, key?: string): Promise<ApiAnswer<ListBody>> =>
    bulwark.api.post(`${PATH}/${consumer}/${jobId}/replay`, undefined, {
      token: finance.token,
      ...(key ? { key } : {}),
    });
  const payload = (amountMinor: string): object => ({
    paymentId: uuidv7(),
    accountId: uuidv7(),
    amountMinor,
    currency: 'EUR',
    lines: [],
    capturedAt: new Date().toISOString(),
  });

  /** An event that its consumer cannot take, with one attempt. */
  const makeDeadLetter = async (): Promise<Job> => {
    const id = uuidv7();
    const data = {
      id,
      type: TYPE,
      aggregateType: 'payment',
      aggregateId: uuidv7(),
      occurredAt: new Date().toISOString(),
      payload: payload('no number'),
      headers: {},
    };
    const job = await queue.add(TYPE, data, { jobId: id, attempts: 1 });
    await eventually(() => job.isFailed());
    return job;
  };

  it('are listed with reason and stack, the newest first, no more than asked for', async () => {
    const [older, newer] = [await makeDeadLetter(), await makeDeadLetter()];
    const all = await list();
    expect(all.status).toBe(200);
    expect(all.body.total).toBe(all.body.data.length);
    expect(all.body.data.map(({ jobId }) => jobId).slice(0, 2)).toEqual([newer.id, older.id]);
    expect(all.body.data[0]).toEqual({
      consumer: CONSUMER,
      jobId: newer.id,
      eventId: newer.id,
      eventType: TYPE,
      attempts: 1,
      failedAt: expect.stringMatching(/Z$/) as string,
      reason: expect.stringContaining('no number') as string,
      stack: expect.stringContaining('sales-analytics') as string,
    });
    expect((await list('?limit=1')).body).toMatchObject({ data: [{ jobId: newer.id }], total: all.body.total });
    expect(await list('?limit=101')).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });

  it('have their effect once, however often they are replayed after their cause is gone', async () => {
    const job = await makeDeadLetter();
    await job.updateData({ ...(job.data as object), payload: payload('77700') });
    const answers = await Promise.all([
      replay(String(job.id), CONSUMER, 'replay-once'),
      replay(String(job.id), CONSUMER, 'replay-once'),
      replay(String(job.id)),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status === 202).length).toBeGreaterThanOrEqual(1);
    for (const { status } of answers) expect([202, 404]).toContain(status);
    await eventually(() => job.isCompleted());
    expect(await query('SELECT captured_minor FROM payments.sales_per_day')).toEqual([{ captured_minor: '77700' }]);
    expect((await list()).body.data.map(({ jobId }) => jobId)).not.toContain(job.id);
    expect(await replay(String(job.id))).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('are not found under a name that no consumer has', async () => {
    const job = await makeDeadLetter();
    for (const answer of [
      await replay('unknown'),
      await replay(String(job.id), 'payments-unknown'),
      await replay(String(job.id), 'payments-ledger'),
    ])
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('are for finance only', async () => {
    const [customer, partner] = [await newCustomer(bulwark.api), await newStaff(bulwark.api, 'partner')];
    for (const { token } of [customer, partner]) {
      expect((await bulwark.api.get(PATH, { token })).status).toBe(403);
      expect((await bulwark.api.post(`${PATH}/${CONSUMER}/x/replay`, undefined, { token })).status).toBe(403);
    }
    expect((await bulwark.api.get(PATH)).status).toBe(401);
  });
});

describe('dead letters without a queue server', () => {
  let bulwark: Bulwark;
  let finance: Person;

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark({
      BULWARK_ROLE: 'web',
      REDIS_URL: `redis://127.0.0.1:${await probeFreePort()}`,
      REDIS_CACHE_URL: testServices().redisCache,
    });
    finance = await newStaff(bulwark.api, 'finance');
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  it('are answered with Retry-After, and use no key up', async () => {
    for (const send of [
      () => bulwark.api.get(PATH, { token: finance.token }),
      () => bulwark.api.post(`${PATH}/${CONSUMER}/x/replay`, undefined, { token: finance.token, key: 'while-away' }),
    ]) {
      const answer = await send();
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await query("SELECT FROM audit.idempotency_keys WHERE key = 'while-away' AND state = 'finished'")).toEqual(
      [],
    );
  });
});
