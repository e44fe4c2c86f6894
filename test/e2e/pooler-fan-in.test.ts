import { Client } from 'pg';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { freshStartWithCatalog, query, withOwner } from '../support/fresh-start.js';
import { pay, stockUp, type Sold } from '../support/payments.js';
import { newCustomer, type Person } from '../support/people.js';
import { changePooler, onConsole, poolerUrl, ROLES } from '../support/pooler.js';
import { testServices } from '../support/services.js';

const CLIENTS = 2_000;
/**
 * One for each role. The pooler is fair within a pool, not among pools: with a limit below the sum of the pools a busy
 * role keeps every connection, and the others wait until they are refused.
 */
const POOL_SIZE = 1;
const SIGN_INS = [testServices().pooler, ...ROLES.map((role) => poolerUrl(role))];
const SERVER_CONNECTIONS = SIGN_INS.length * POOL_SIZE;
/** Sign-ins cost a hash on both sides; more at once only wait for each other. */
const SIGN_INS_AT_ONCE = 50;
/** How many clients want a transaction at the same moment: 20 for each server connection. */
const TRANSACTIONS_AT_ONCE = 100;
const ROUNDS = 2;
const SHOPPERS = 4;
const SAMPLE_EVERY_MS = 20;
const SIGN_IN_TIMEOUT_MS = 60_000;

/** Takes the work in order, a few at the same time. */
async function inTurn<T>(
  work: readonly T[],
  atOnce: number,
  take: (one: T, at: number) => Promise<unknown>,
): Promise<void> {
  const entries = work.entries();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [at, one] of entries) await take(one, at);
    }),
  );
}

describe(`${CLIENTS} clients on ${SERVER_CONNECTIONS} server connections`, () => {
  const clients: Client[] = [];
  const errors: string[] = [];
  let bulwark: Bulwark;
  let items: Sold[];
  let shoppers: Person[];
  let restorePooler: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    await freshStartWithCatalog();
    restorePooler = await changePooler({ max_db_connections: SERVER_CONNECTIONS, default_pool_size: POOL_SIZE });
    await query('CREATE TABLE public.fan_in (client int PRIMARY KEY, visits int NOT NULL)');
    await query(
      `GRANT SELECT, INSERT, UPDATE ON public.fan_in
        TO bulwark_app, bulwark_catalog, bulwark_account, bulwark_payments, bulwark_platform`,
    );
    bulwark = await startBulwark();
    items = await stockUp(100_000);
    shoppers = await Promise.all(Array.from({ length: SHOPPERS }, () => newCustomer(bulwark.api)));
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
    await bulwark?.stop();
    await query('DROP TABLE IF EXISTS public.fan_in');
    await restorePooler?.();
  });

  async function signAllIn(): Promise<void> {
    await inTurn(Array.from({ length: CLIENTS }), SIGN_INS_AT_ONCE, async (_, at) => {
      const client = new Client({
        connectionString: SIGN_INS[at % SIGN_INS.length] ?? '',
        connectionTimeoutMillis: SIGN_IN_TIMEOUT_MS,
      });
      client.on('error', (error) => errors.push(`client: ${error.message}`));
      await client.connect();
      clients.push(client);
    });
  }

  /** Writes on every other visit, reads on the others, each in a transaction of its own. */
  async function visit(client: Client, at: number): Promise<void> {
    try {
      await client.query('BEGIN');
      if (at % 2 === 0)
        await client.query(
          'INSERT INTO public.fan_in VALUES ($1, 1) ON CONFLICT (client) DO UPDATE SET visits = fan_in.visits + 1',
          [at],
        );
      else await client.query('SELECT count(*) FROM public.fan_in WHERE client < $1', [at]);
      await client.query('COMMIT');
    } catch (error) {
      errors.push(`client ${at}: ${(error as Error).message}`);
    }
  }

  /** Browses and pays until the others are done; counts what it was answered. */
  async function shop(person: Person, isOver: () => boolean, answered: Map<number, number>): Promise<void> {
    for (let n = 0; !isOver(); n++) {
      const answers = await Promise.all([
        bulwark.api.get('/v1/home'),
        bulwark.api.get(`/v1/items?limit=5&q=${n}`),
        bulwark.api.get('/v1/me', person),
        pay(bulwark.api, items[n % items.length]?.id ?? '', {}, person),
      ]);
      for (const { status, text } of answers) {
        answered.set(status, (answered.get(status) ?? 0) + 1);
        if (status >= 400) errors.push(`shop: ${status} ${text}`);
      }
    }
  }

  /** The highest number of server connections of the application's roles seen while the work is done. */
  async function backendsDuring(work: Promise<unknown>): Promise<{ most: number; samples: number }> {
    const progress = { isOver: false };
    void work.finally(() => (progress.isOver = true)).catch(() => undefined);
    return withOwner(async (owner) => {
      let [most, samples] = [0, 0];
      while (!progress.isOver) {
        const { rows } = await owner.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity
            WHERE usename LIKE 'bulwark\\_%' AND datname = 'bulwark'`,
        );
        [most, samples] = [Math.max(most, rows[0]?.count ?? 0), samples + 1];
        await new Promise((resolve) => {
          setTimeout(resolve, SAMPLE_EVERY_MS);
        });
      }
      await work;
      return { most, samples };
    });
  }

  it('are all served, the application included, and the database never has more connections', async () => {
    const answered = new Map<number, number>();
    const work = (async () => {
      await signAllIn();
      let isOver = false;
      const shopping = shoppers.map((person) => shop(person, () => isOver, answered));
      for (let round = 0; round < ROUNDS; round++) await inTurn(clients, TRANSACTIONS_AT_ONCE, visit);
      const [pooled] = (await onConsole('SHOW LISTS')).filter(({ list }) => list === 'used_clients');
      expect(Number(pooled?.items)).toBeGreaterThanOrEqual(CLIENTS);
      // All at the same moment, with one statement each.
      await Promise.all(
        clients.map((client, at) =>
          client.query('SELECT $1::int', [at]).catch((error: Error) => errors.push(error.message)),
        ),
      );
      isOver = true;
      await Promise.all(shopping);
    })();
    const { most, samples } = await backendsDuring(work);
    expect(errors).toEqual([]);
    // It saw all of them, so that the limit was in reach.
    expect(most).toBe(SERVER_CONNECTIONS);
    expect(samples).toBeGreaterThan(20);
    expect(clients).toHaveLength(CLIENTS);
    expect(await query('SELECT count(*)::int AS writers, sum(visits)::int AS visits FROM public.fan_in')).toEqual([
      { writers: CLIENTS / 2, visits: (CLIENTS / 2) * ROUNDS },
    ]);
    expect(answered.get(201)).toBeGreaterThan(SHOPPERS);
    expect(answered.get(200)).toBeGreaterThan(3 * SHOPPERS);
  }, 240_000);
});
