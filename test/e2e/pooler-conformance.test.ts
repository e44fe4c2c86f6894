import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { ApiAnswer } from '../support/api-client.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStartWithCatalog, query } from '../support/fresh-start.js';
import { PartnerReceiver } from '../support/partner-receiver.js';
import { disagreements, pay, stockUp, type PaymentBody, type Sold } from '../support/payments.js';
import { newCustomer, newStaff, signIn, type Person } from '../support/people.js';
import { changePooler, poolerUrl, ROLES, visitServerConnections } from '../support/pooler.js';
import { runCli } from '../support/run-cli.js';
import { startSqlSniffer, type SqlSniffer } from '../support/sql/start-sql-sniffer.js';
import { retryUntilFinal } from '../support/retrying-client.js';

const POOL_SIZE = 2;
const AT_ONCE = 6;
/** Fewer different statements of a role mean that its routes were not taken. */
const STATEMENTS_MIN: Record<(typeof ROLES)[number], number> = { catalog: 8, account: 10, payments: 15, platform: 5 };

describe('with two server connections for each role', () => {
  let bulwark: Bulwark;
  let sniffer: SqlSniffer;
  let item: Sold;
  let [merchandiser, finance, partner]: Person[] = [];
  let restorePooler: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    await freshStartWithCatalog();
    sniffer = await startSqlSniffer();
    restorePooler = await changePooler({ default_pool_size: POOL_SIZE });
    bulwark = await startBulwark({ ...sniffer.environment, WEB_WORKERS: '2' });
    [item] = await stockUp(10_000);
    merchandiser = await newStaff(bulwark.api, 'merchandiser');
    finance = await newStaff(bulwark.api, 'finance');
    partner = await newStaff(bulwark.api, 'partner');
  });

  afterAll(async () => {
    await bulwark?.stop();
    await sniffer?.stop();
    await restorePooler?.();
  });

  const expectAll = (answers: readonly ApiAnswer<unknown>[], status: number): void => {
    expect(answers.map((answer) => (answer.status === status ? status : `${answer.status} ${answer.text}`))).toEqual(
      answers.map(() => status),
    );
  };

  async function customerWalk(): Promise<void> {
    const { api } = bulwark;
    const person = await newCustomer(api);
    const again = await signIn(api, person.email, person.password);
    expectAll([await api.patch('/v1/me', { displayName: 'Renamed' }, person)], 200);
    expectAll(
      await Promise.all(
        [
          '/v1/home',
          '/v1/categories',
          '/v1/items?limit=5',
          `/v1/items?q=${randomUUID().slice(0, 4)}`,
          `/v1/items/${item.id}`,
          // With two connections for each role some reads may be shed; a client comes again.
        ].map((path) => retryUntilFinal(() => api.get(path))),
      ),
      200,
    );
    const key = randomUUID();
    const [paid, replayed] = await Promise.all([
      pay(api, item.id, {}, { ...person, key }),
      pay(api, item.id, {}, { ...person, key }),
    ]);
    expectAll([paid, replayed], 201);
    expectAll([await api.post(`/v1/payments/${paid.body.id}/refunds`, {}, person)], 201);
    expectAll(
      await Promise.all(
        ['/v1/payments', `/v1/payments/${paid.body.id}`, '/v1/me'].map((path) => api.get(path, person)),
      ),
      200,
    );
    const unknown = await pay(api, item.id, { paymentMethod: 'tok_error_after' }, person);
    expect([201, 202]).toContain(unknown.status);
    await eventually(
      async () => (await api.get<PaymentBody>(`/v1/payments/${unknown.body.id}`, person)).body.status === 'captured',
      60_000,
    );
    expectAll([await api.post('/v1/sessions/refresh', { refreshToken: again.refreshToken })], 201);
    expectAll([await api.post('/v1/password-resets', { email: person.email })], 202);
    expectAll([await api.delete('/v1/me', person)], 204);
  }

  async function staffWalk(): Promise<void> {
    const { api } = bulwark;
    const created = await api.post<{ id: string }>(
      '/v1/items',
      { sku: randomUUID(), title: 'A Thing', price: { amount: 1_299, currency: 'EUR' }, stock: 5 },
      merchandiser,
    );
    expectAll([created], 201);
    expectAll(
      [
        await api.patch(
          `/v1/items/${created.body.id}`,
          { price: { amount: 1_399, currency: 'EUR' }, stock: 7 },
          merchandiser,
        ),
      ],
      200,
    );
    expectAll([await api.delete(`/v1/items/${created.body.id}`, merchandiser)], 204);
    expectAll(
      await Promise.all(
        ['/v1/ledger/trial-balance', '/v1/reports/sales?from=2026-01-01&to=2026-01-31'].map((path) =>
          api.get(path, finance),
        ),
      ),
      200,
    );
  }

  async function importWalk(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-conformance-'));
    const lines = Array.from({ length: 200 }, (_, n) =>
      [`feed-${n}`, `Book ${n}`, 'Text', 'https://x.example/1.jpg', 'in_stock', '5', '9.99 EUR', 'Brand', 'Books'].join(
        '\t',
      ),
    );
    writeFileSync(
      join(folder, 'feed.tsv'),
      ['id\ttitle\tdescription\timage_link\tavailability\tquantity\tprice\tbrand\tproduct_type', ...lines, ''].join(
        '\n',
      ),
    );
    try {
      expect(
        (
          await runCli(
            'catalog-import',
            [join(folder, 'feed.tsv'), '--rejects', join(folder, 'rejects.csv')],
            sniffer.environment,
          )
        ).code,
      ).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('every context serves its routes at once, and their events are delivered', async () => {
    const receiver = await PartnerReceiver.start();
    const endpoint = await bulwark.api.post<{ id: string }>(
      '/v1/webhook-endpoints',
      { url: receiver.url, events: ['payment.captured', 'payment.refunded'] },
      partner,
    );
    expectAll([endpoint], 201);
    await Promise.all([
      ...Array.from({ length: AT_ONCE }, customerWalk),
      ...Array.from({ length: AT_ONCE }, staffWalk),
      importWalk(),
    ]);
    // Each customer has paid twice and was given one payment back.
    await eventually(() => new Set(receiver.ids()).size === 3 * AT_ONCE, 60_000);
    expectAll([await bulwark.api.get('/v1/webhook-endpoints', partner)], 200);
    expectAll([await bulwark.api.delete(`/v1/webhook-endpoints/${endpoint.body.id}`, partner)], 204);
    await receiver.stop();
    await eventually(async () => {
      expect(await disagreements()).toEqual([]);
      expect(await query('SELECT FROM audit.outbox WHERE published_at IS NULL')).toEqual([]);
      return true;
    }, 60_000);
  }, 180_000);

  it('no statement of any role asked for session state', () => {
    const different = (role: string): number =>
      sniffer.statements().filter((statement) => statement.role === `bulwark_${role}`).length;
    for (const role of ROLES)
      expect({ role, enough: different(role) >= STATEMENTS_MIN[role], different: different(role) }).toMatchObject({
        role,
        enough: true,
      });
    expect(sniffer.statements().some(({ database }) => database === 'bulwark_replica')).toBe(true);
    expect(sniffer.violations()).toEqual([]);
  });

  it('no server connection keeps session state', async () => {
    const connections = await visitServerConnections(POOL_SIZE);
    expect(new Set(connections.map(({ pid, database }) => `${database} ${pid}`)).size).toBe(
      ROLES.length * 2 * POOL_SIZE,
    );
    expect(connections.filter(({ leftovers }) => leftovers.length > 0)).toEqual([]);
    const [{ count } = { count: 0 }] = await query<{ count: number }>(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename LIKE 'bulwark\\_%' AND datname = 'bulwark'",
    );
    // No role has more than its pool, so that each of its connections has been looked at.
    expect(count).toBeLessThanOrEqual(ROLES.length * POOL_SIZE);
    expect(await query("SELECT relname FROM pg_class WHERE relpersistence = 't'")).toEqual([]);
  });

  it('a connection that keeps session state is found', async () => {
    const careless = new Client({ connectionString: poolerUrl('catalog') });
    await careless.connect();
    await careless.query(
      `BEGIN; SET work_mem = '1MB'; PREPARE one AS SELECT 1; LISTEN changes;
        SELECT pg_advisory_lock(7); CREATE TEMP TABLE t (a int); DECLARE c CURSOR WITH HOLD FOR SELECT 1; COMMIT`,
    );
    await careless.end();
    const left = (await visitServerConnections(POOL_SIZE)).flatMap(({ leftovers }) => leftovers).toSorted();
    await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bulwark_catalog'");
    expect(left).toEqual([
      'advisory lock 7',
      'cursor c',
      'listens to changes',
      'prepared statement one',
      'setting work_mem',
      'temporary relation t',
    ]);
  });
});
