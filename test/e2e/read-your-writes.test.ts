import { randomUUID } from 'node:crypto';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStartWithCatalog } from '../support/fresh-start.js';
import { metric } from '../support/metrics.js';
import { pay, stockUp, type Sold } from '../support/payments.js';
import { newCustomer, newStaff, type Person } from '../support/people.js';
import { mailsTo } from '../support/mails.js';
import {
  caughtUp,
  delayReplica,
  deleteWriteRecords,
  readWriteRecord,
  setWriteRecord,
  pingRedis,
} from '../support/replica.js';
import { testServices } from '../support/services.js';

const READS = 100;
/** Accounts whose writes the replica has replayed, so that only a test's own write sends their reads to the primary. */
const OTHERS = 10;
const DELAY_SECONDS = 5;
const RESET_TOKEN = /^Token: ([\w-]{43})\r?$/m;

describe('with the replica five seconds behind', () => {
  let bulwark: Bulwark;
  let others: Person[];
  let items: [Sold, Sold, Sold];

  beforeAll(async () => {
    await freshStartWithCatalog();
    bulwark = await startBulwark({ WEB_WORKERS: '2' });
    others = await Promise.all(Array.from({ length: OTHERS }, () => newCustomer(bulwark.api)));
    items = await stockUp(10);
    await caughtUp();
    await delayReplica(DELAY_SECONDS);
  });

  afterAll(async () => {
    await bulwark?.stop();
    await delayReplica(0);
  });

  const me = async ({ token }: Person, headers: Record<string, string> = {}): Promise<unknown> => {
    const answer = await bulwark.api.get<{ displayName: string }>('/v1/me', { token, headers });
    return answer.status === 200 ? answer.body.displayName : answer.status;
  };
  const rename = (person: Person, displayName: string) =>
    bulwark.api.patch('/v1/me', { displayName }, { token: person.token });
  const allOf = <T>(times: number, read: () => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: times }, read));
  const servedBy = (target: 'primary' | 'replica') =>
    metric(bulwark, 'bulwark_db_queries_total', { module: 'account', target });

  it('a writer reads every own write from the primary, and other accounts stay on the replica', async () => {
    const [ada, ...rest] = others as [Person, ...Person[]];
    const before = { primary: await servedBy('primary'), replica: await servedBy('replica') };
    const name = `Ada ${randomUUID()}`;
    expect((await rename(ada, name)).status).toBe(200);
    const [own, theirs] = await Promise.all([
      allOf(READS, () => me(ada)),
      allOf(READS, () => me(rest[Math.floor(Math.random() * rest.length)] as Person)),
    ]);
    expect(own).toEqual(Array.from({ length: READS }, () => name));
    expect(theirs).toEqual(Array.from({ length: READS }, () => 'Test Customer'));
    // A read is two statements: the session, and what was asked for.
    const [replica, primary] = [
      (await servedBy('replica')) - before.replica,
      (await servedBy('primary')) - before.primary,
    ];
    expect(replica).toBe(2 * READS);
    expect(primary).toBeGreaterThanOrEqual(2 * READS);
  });

  it.each([
    ['header', (token: string) => ({ 'consistency-token': token })],
    ['cookie', (token: string) => ({ cookie: `theme=dark; bulwark_consistency=${token}` })],
  ])('a token in the %s is enough when the record of the account is lost', async (_, headersWith) => {
    const [, ada] = others as [Person, Person];
    const name = `Ada ${randomUUID()}`;
    const changed = await rename(ada, name);
    const token = changed.headers.get('consistency-token') ?? '';
    expect(changed.headers.getSetCookie()).toEqual([expect.stringContaining(`bulwark_consistency=${token};`)]);
    await deleteWriteRecords();
    expect(await me(ada)).not.toBe(name);
    expect(await allOf(READS, () => me(ada, headersWith(token)))).toEqual(Array.from({ length: READS }, () => name));
  });

  it('a forged token is ignored', async () => {
    const [, , ada] = others as [Person, Person, Person];
    const name = `Ada ${randomUUID()}`;
    const token = (await rename(ada, name)).headers.get('consistency-token') ?? '';
    await deleteWriteRecords();
    expect(await me(ada, { 'consistency-token': `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}` })).not.toBe(
      name,
    );
  });

  it('a customer who has just paid finds the payment, in the list and by its id', async () => {
    const ada = await newCustomer(bulwark.api);
    const paid = await pay(bulwark.api, items[0].id, {}, { token: ada.token });
    expect(paid.status).toBe(201);
    const [list, one] = await Promise.all([
      bulwark.api.get<{ data: { id: string }[] }>('/v1/payments', { token: ada.token }),
      bulwark.api.get<{ status: string }>(`/v1/payments/${paid.body.id}`, { token: ada.token }),
    ]);
    expect(list.body.data.map(({ id }) => id)).toEqual([paid.body.id]);
    expect(one.body).toEqual(paid.body);
  });

  it('an ended session is refused by every process', async () => {
    const ada = others[4] as Person;
    expect((await bulwark.api.delete('/v1/sessions/current', { token: ada.token })).status).toBe(204);
    expect(new Set(await allOf(20, () => me(ada)))).toEqual(new Set([401]));
  });

  it('a session that a reused refresh token ended is refused by every process', async () => {
    const ada = others[5] as Person;
    const refresh = () => bulwark.api.post('/v1/sessions/refresh', { refreshToken: ada.refreshToken }, { key: null });
    expect([(await refresh()).status, (await refresh()).status]).toEqual([201, 401]);
    expect(new Set(await allOf(20, () => me(ada)))).toEqual(new Set([401]));
  });

  it('sessions that a password reset ended are refused by every process', async () => {
    const ada = others[6] as Person;
    await bulwark.api.post('/v1/password-resets', { email: ada.email });
    const token = await eventually(() =>
      mailsTo(ada.email)
        .map((mail) => RESET_TOKEN.exec(mail)?.[1])
        .find((found) => found !== undefined),
    );
    expect(
      (await bulwark.api.put(`/v1/password-resets/${token}`, { password: `correct horse ${randomUUID()}` })).status,
    ).toBe(204);
    expect(new Set(await allOf(20, () => me(ada)))).toEqual(new Set([401]));
  });

  it('two processes that write for one account leave the later position in the record', async () => {
    const ada = await newCustomer(bulwark.api);
    const later = 'f'.repeat(24);
    await setWriteRecord(ada.accountId, later);
    expect((await rename(ada, 'Ada')).status).toBe(200);
    expect(await readWriteRecord(ada.accountId)).toBe(later);
  });

  it('a new session and a new role work at once, before a replica has replayed them', async () => {
    const finance = await newStaff(bulwark.api, 'finance');
    await deleteWriteRecords();
    expect((await bulwark.api.get('/v1/ledger/trial-balance', { token: finance.token })).status).toBe(200);
  });

  it.each([
    ['requires the latest state', `/v1/ledger/payments/${randomUUID()}`, 404],
    ['may be one second old, but not five,', '/v1/reports/sales?from=2026-01-01&to=2026-01-31', 200],
  ])('a report that %s is read from the primary', async (_, path, status) => {
    const finance = await newStaff(bulwark.api, 'finance');
    // The account's own writes must not be the reason.
    await deleteWriteRecords();
    const paymentsReads = () => metric(bulwark, 'bulwark_db_queries_total', { module: 'payments', target: 'replica' });
    const before = await paymentsReads();
    expect((await bulwark.api.get(path, { token: finance.token })).status).toBe(status);
    expect(await paymentsReads()).toBe(before);
  });

  it('staff read their catalog writes at once in every process; others are served from the caches', async () => {
    const merchandiser = await newStaff(bulwark.api, 'merchandiser');
    const { id } = items[1];
    for (const title of ['First', 'Second', 'Third']) {
      const changed = await bulwark.api.patch(`/v1/items/${id}`, { title }, { token: merchandiser.token });
      const headers = { 'consistency-token': changed.headers.get('consistency-token') ?? '' };
      const seen = await allOf(
        20,
        async () => (await bulwark.api.get<{ title: string }>(`/v1/items/${id}`, { headers })).body.title,
      );
      expect(new Set(seen)).toEqual(new Set([title]));
    }
    await eventually(async () =>
      (await bulwark.api.get(`/v1/items/${id}`)).headers.get('cache-status')?.includes('memory; hit'),
    );
  });

  it('requests without a token read from the primary while Redis hangs', async () => {
    const ada = await newCustomer(bulwark.api);
    const redis = testServices().pids.redis ?? 0;
    process.kill(redis, 'SIGSTOP');
    try {
      const name = `Ada ${randomUUID()}`;
      expect((await rename(ada, name)).status).toBe(200);
      expect(new Set(await allOf(10, () => me(ada)))).toEqual(new Set([name]));
      process.kill(redis, 'SIGCONT');
      await eventually(async () => (await pingRedis()) === 'PONG');
      // Like a restarted server it has no record of the write, which must be read all the same.
      await deleteWriteRecords();
      expect(new Set(await allOf(10, () => me(ada)))).toEqual(new Set([name]));
    } finally {
      process.kill(redis, 'SIGCONT');
    }
  });
});
