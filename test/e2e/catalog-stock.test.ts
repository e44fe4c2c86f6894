import { randomUUID } from 'node:crypto';
import { Client, Pool } from 'pg';
import { freshStartWithCatalog, query } from '../support/fresh-start.js';
import { testServices } from '../support/services.js';

interface Line {
  item_id: string;
  found: boolean;
  available: number;
  quantity: number;
  price_changed: boolean;
  short: boolean;
  reserved: boolean;
  unit_price_minor: string;
}

describe('reserving stock', () => {
  let payments: Pool;
  let items: { id: string; price_minor: string }[];

  beforeEach(async () => {
    await freshStartWithCatalog();
    const url = new URL(testServices().pooler);
    url.username = 'bulwark_payments';
    url.password = encodeURIComponent(testServices().environment.DATABASE_PAYMENTS_PASSWORD ?? '');
    payments = new Pool({ connectionString: url.toString(), max: 50 });
    items = await query('SELECT id, price_minor FROM catalog.items ORDER BY id LIMIT 5');
    await query('UPDATE catalog.stock SET quantity = 10');
  });

  afterEach(async () => {
    await payments.end();
  });

  const reserve = async (lines: object[]): Promise<Line[]> =>
    (await payments.query<Line>('SELECT * FROM catalog.reserve_stock($1::jsonb)', [JSON.stringify(lines)])).rows;
  const stock = async (id = items[0]?.id): Promise<number | undefined> =>
    (await query<{ quantity: number }>('SELECT quantity FROM audit.stock WHERE item_id = $1', [id]))[0]?.quantity;
  const line = (index: number, quantity: number, more: object = {}) => ({
    itemId: items[index]?.id,
    quantity,
    ...more,
  });

  it('reserves 10 pieces for 10 of 50 concurrent buyers', async () => {
    const decisions = await Promise.all(Array.from({ length: 50 }, () => reserve([line(0, 1)])));
    expect(decisions.filter(([line]) => line?.reserved)).toHaveLength(10);
    expect(await stock()).toBe(0);
    expect(decisions.filter(([line]) => !line?.reserved).every(([line]) => line?.short && line.available === 0)).toBe(
      true,
    );
  });

  it('locks in one order: crossed baskets do not deadlock', async () => {
    const baskets = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? [line(0, 1), line(1, 1), line(2, 1)] : [line(2, 1), line(1, 1), line(0, 1)],
    );
    const decisions = await Promise.all(baskets.map(reserve));
    expect(decisions.filter((lines) => lines.every(({ reserved }) => reserved))).toHaveLength(10);
    expect(await Promise.all([0, 1, 2].map((index) => stock(items[index]?.id)))).toEqual([0, 0, 0]);
  });

  it('reads the rows of the basket and not the catalog, however large that is', async () => {
    await query(
      `INSERT INTO catalog.items (id, sku, slug, title, price_minor, currency)
       SELECT gen_random_uuid(), 'MANY-' || n, 'many-' || n, 'One of many', 100, 'EUR'
         FROM generate_series(1, 5000) AS n`,
    );
    await query(
      'INSERT INTO catalog.stock (item_id, quantity) SELECT id, 10 FROM catalog.items ON CONFLICT DO NOTHING',
    );
    await query('ANALYZE catalog.items, catalog.stock');
    const buyer = await payments.connect();
    try {
      await buyer.query('BEGIN');
      await buyer.query('SELECT * FROM catalog.reserve_stock($1::jsonb)', [JSON.stringify([line(0, 1), line(1, 1)])]);
      const { rows } = await buyer.query(
        `SELECT relname, seq_tup_read::int AS scanned FROM pg_stat_xact_user_tables
          WHERE schemaname = 'catalog' AND relname IN ('items', 'stock') ORDER BY relname`,
      );
      expect(rows).toEqual([
        { relname: 'items', scanned: 0 },
        { relname: 'stock', scanned: 0 },
      ]);
    } finally {
      await buyer.query('ROLLBACK');
      buyer.release();
    }
  });

  it('reserves all lines or none, in the order of the request', async () => {
    const decision = await reserve([line(1, 3), line(0, 11)]);
    expect(decision).toMatchObject([
      { item_id: items[1]?.id, short: false, reserved: false },
      { item_id: items[0]?.id, short: true, available: 10, reserved: false },
    ]);
    expect([await stock(items[0]?.id), await stock(items[1]?.id)]).toEqual([10, 10]);
  });

  it('counts the lines of one item together', async () => {
    expect((await reserve([line(0, 6), line(0, 6)])).map(({ short, reserved }) => [short, reserved])).toEqual([
      [true, false],
      [true, false],
    ]);
    expect((await reserve([line(0, 6), line(0, 4)])).every(({ reserved }) => reserved)).toBe(true);
    expect(await stock()).toBe(0);
  });

  it('reserves nothing at another price than the expected one, and gives the present price', async () => {
    const price = Number(items[0]?.price_minor);
    expect(await reserve([line(0, 1, { expectedUnitPriceMinor: String(price + 1) })])).toMatchObject([
      { price_changed: true, reserved: false, unit_price_minor: String(price) },
    ]);
    expect(
      await reserve([line(0, 1, { expectedUnitPriceMinor: String(price), expectedCurrency: 'USD' })]),
    ).toMatchObject([{ price_changed: true, reserved: false }]);
    expect(await stock()).toBe(10);
    expect(
      await reserve([line(0, 1, { expectedUnitPriceMinor: String(price), expectedCurrency: 'EUR' })]),
    ).toMatchObject([{ price_changed: false, reserved: true }]);
  });

  it('reserves nothing in two currencies, of a removed item or of an unknown one', async () => {
    await query("UPDATE catalog.items SET currency = 'USD' WHERE id = $1", [items[1]?.id]);
    expect((await reserve([line(0, 1), line(1, 1)])).map(({ reserved }) => reserved)).toEqual([false, false]);
    await query('UPDATE catalog.items SET deleted_at = now() WHERE id = $1', [items[2]?.id]);
    expect(await reserve([line(0, 1), line(2, 1)])).toMatchObject([
      { found: true, reserved: false },
      { found: false, reserved: false },
    ]);
    expect(await reserve([{ itemId: randomUUID(), quantity: 1 }])).toMatchObject([{ found: false, reserved: false }]);
    expect(await stock()).toBe(10);
  });

  it('decides by the rows after the lock is held, not by those before the wait', async () => {
    const staff = new Client({ connectionString: testServices().postgresPrimary });
    await staff.connect();
    await staff.query('BEGIN');
    await staff.query('UPDATE catalog.stock SET quantity = 1 WHERE item_id = $1', [items[0]?.id]);
    await staff.query('UPDATE catalog.items SET price_minor = 77 WHERE id = $1', [items[0]?.id]);
    const waiting = reserve([line(0, 2)]);
    for (
      let tries = 0;
      tries < 1_000 &&
      (await query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%reserve_stock%'"))
        .length === 0;
      tries++
    );
    await staff.query('COMMIT');
    await staff.end();
    expect(await waiting).toMatchObject([{ available: 1, short: true, reserved: false, unit_price_minor: '77' }]);
  });

  it('releases what was reserved, also of an item that was removed since', async () => {
    await reserve([line(0, 4), line(1, 2)]);
    await query('UPDATE catalog.items SET deleted_at = now() WHERE id = $1', [items[0]?.id]);
    await payments.query('SELECT catalog.release_stock($1::jsonb)', [
      JSON.stringify([line(1, 2), line(0, 3), line(0, 1)]),
    ]);
    expect([await stock(items[0]?.id), await stock(items[1]?.id)]).toEqual([10, 10]);
  });

  it.each([
    ['zero', 0],
    ['a negative', -5],
    ['an overflowing', 3_000_000_000],
    ['a fractional', 1.5],
  ])('refuses %s quantity', async (_what, quantity) => {
    await expect(reserve([line(0, quantity)])).rejects.toThrow();
    await expect(
      payments.query('SELECT catalog.release_stock($1::jsonb)', [JSON.stringify([line(0, quantity)])]),
    ).rejects.toThrow();
    expect(await stock()).toBe(10);
  });

  it('is granted to payments alone, without access to a table', async () => {
    await expect(payments.query('SELECT * FROM catalog.stock')).rejects.toThrow(/permission denied/);
    await expect(payments.query('SELECT * FROM catalog.items')).rejects.toThrow(/permission denied/);
    const able = await query<{ rolname: string }>(
      `SELECT rolname FROM pg_roles
        WHERE rolname LIKE 'bulwark\\_%' AND has_function_privilege(rolname, 'catalog.reserve_stock(jsonb)', 'EXECUTE')
        ORDER BY 1`,
    );
    expect(able.map(({ rolname }) => rolname)).toEqual(['bulwark_app', 'bulwark_catalog', 'bulwark_payments']);
  });
});
