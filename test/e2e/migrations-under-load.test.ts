import { join } from 'node:path';
import { Client } from 'pg';
import { SHIPPED_WAITS, startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, freshStartWithCatalog, query, withOwner } from '../support/fresh-start.js';
import { migrate, takeBack } from '../support/migrate.js';
import { pay, stockUp, type Sold } from '../support/payments.js';
import { newCustomer, type Person } from '../support/people.js';
import { poolerUrl, ROLES } from '../support/pooler.js';
import { testServices } from '../support/services.js';
import { ROOT } from '../support/source-files.js';
import { TimedLoad } from '../support/timed-load.js';

/** What the roles themselves wait for a lock at most: a migration costs no request more. */
const WAIT_MAX_MS = 2_000;
const REQUESTS_MIN = 50;

/** A report that takes its time: it reads tables in one long transaction, and a change of them waits. */
async function longReport(tables: readonly string[]): Promise<Client> {
  const client = new Client({ connectionString: testServices().postgresPrimary });
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  for (const table of tables) await client.query(`SELECT FROM ${table} LIMIT 1`);
  return client;
}

async function besideLoad<T>(load: TimedLoad, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await load.stop();
  }
}

const isWaiting = async (statement: string): Promise<boolean> =>
  (await query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1", [`${statement}%`]))
    .length > 0;

/** The migration waits, gives way to the statements that queue behind it, and tries again. */
async function gaveWayTo(statement: string): Promise<void> {
  await eventually(() => isWaiting(statement));
  await eventually(async () => !(await isWaiting(statement)));
  await eventually(() => isWaiting(statement));
}

describe('migrations while the application serves', () => {
  let bulwark: Bulwark;
  let items: Sold[];
  let ada: Person;

  beforeAll(async () => {
    await freshStartWithCatalog();
    bulwark = await startBulwark(SHIPPED_WAITS);
    items = await stockUp(100_000);
    ada = await newCustomer(bulwark.api);
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  function shop(): TimedLoad {
    let n = 0;
    const refused = async (answer: Promise<{ status: number; text: string }>): Promise<string | undefined> => {
      const { status, text } = await answer;
      return status < 400 ? undefined : `${status} ${text}`;
    };
    return new TimedLoad({
      search: () => refused(bulwark.api.get(`/v1/items?limit=5&q=thing-${n++}`)),
      me: () => refused(bulwark.api.get('/v1/me', ada)),
      payment: () => refused(pay(bulwark.api, items[n++ % items.length]?.id ?? '', {}, ada)),
      'second payment': () => refused(pay(bulwark.api, items[n++ % items.length]?.id ?? '', {}, ada)),
    });
  }

  it('expand, fill, index and contract beside a long report, and no request fails or waits for long', async () => {
    // An earlier attempt at the index has failed: it is there, it costs each write, and it serves no read.
    await expect(
      withOwner((owner) => owner.query('CREATE UNIQUE INDEX CONCURRENTLY items_by_brand ON catalog.items (brand)')),
    ).rejects.toThrow('unique');
    const load = shop();
    const { migrations: ran } = await besideLoad(load, async () => {
      const report = await longReport(['catalog.items']);
      const migrated = migrate(join(ROOT, 'test/support/expand-contract'));
      migrated.catch(() => undefined);
      await gaveWayTo('ALTER TABLE catalog.items ADD COLUMN');
      await report.query('COMMIT');
      await report.end();
      return migrated;
    });
    expect(ran).toEqual([
      'CatalogAddNote2000000000000',
      'CatalogFillNote2000000000001',
      'CatalogIndexBrand2000000000002',
      'CatalogDropNote2000000000003',
    ]);
    expect(load.failures).toEqual([]);
    expect(load.slowest?.tookMs).toBeLessThan(WAIT_MAX_MS);
    expect(load.outcomes.length).toBeGreaterThan(REQUESTS_MIN);
    expect(
      await query("SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'catalog.items_by_brand'::regclass"),
    ).toEqual([{ indisvalid: true, indisunique: false }]);
    expect((await migrate(join(ROOT, 'test/support/expand-contract'))).migrations).toEqual([]);
  }, 120_000);
});

describe('the newest migration of ours, from the schema before it', () => {
  it('lets all roles go on reading beside a long report', async () => {
    await freshStart();
    const newest = await migrate().then(() =>
      query<{ name: string }>('SELECT name FROM bulwark_migrations ORDER BY timestamp DESC LIMIT 1'),
    );
    await takeBack('newest');
    const tables = await query<{ name: string; role: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name, schemaname AS role FROM pg_tables
        WHERE schemaname = ANY($1) AND has_table_privilege('bulwark_' || schemaname,
          format('%I.%I', schemaname, tablename), 'SELECT')`,
      [ROLES],
    );
    const clients = new Map(
      await Promise.all(
        ROLES.map(async (role) => {
          const client = new Client({ connectionString: poolerUrl(role) });
          await client.connect();
          return [role as string, client] as const;
        }),
      ),
    );
    const readAll = (role: string) => async (): Promise<string | undefined> => {
      for (const table of tables.filter((table) => table.role === role))
        await clients.get(role)?.query(`SELECT FROM ${table.name} LIMIT 1`);
      return undefined;
    };
    const load = new TimedLoad(Object.fromEntries(ROLES.map((role) => [role, readAll(role)])));
    const { migrations: ran } = await besideLoad(load, async () => {
      const report = await longReport(tables.map(({ name }) => name));
      const migrated = migrate();
      let isOver = false;
      void migrated.catch(() => undefined).then(() => (isOver = true));
      // A migration that takes no such lock ends beside the report; any other gives way.
      await eventually(async () => isOver || (await isWaiting('ALTER TABLE'))).catch(() => undefined);
      await report.query('COMMIT');
      await report.end();
      return migrated;
    });
    expect(ran).toEqual(newest.map(({ name }) => name));
    await Promise.all([...clients.values()].map((client) => client.end()));
    expect(load.failures).toEqual([]);
    expect(load.slowest?.tookMs).toBeLessThan(WAIT_MAX_MS);
    expect(load.outcomes.length).toBeGreaterThan(ROLES.length);
  }, 120_000);
});
