import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { runCli, startCli } from '../support/run-cli.js';

const HEADER = 'id\ttitle\tdescription\timage_link\tavailability\tquantity\tprice\tbrand\tproduct_type';

describe('catalog import', () => {
  let folder: string;

  beforeEach(async () => {
    await freshStart();
    folder = mkdtempSync(join(tmpdir(), 'bulwark-import-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function importFeed(
    content: string | Buffer,
    name = 'feed.tsv',
  ): Promise<{ code: number | null; counts: Record<string, number>; output: string; rejects: string[] }> {
    const file = join(folder, name);
    const rejectsFile = join(folder, 'rejects.csv');
    writeFileSync(file, content);
    const { code, output } = await runCli('catalog-import', [file, '--rejects', rejectsFile]);
    const counts = Object.fromEntries(
      [...output.matchAll(/^ {2}(\w+) +(\d+)$/gm)].map(([, key, count]) => [key, Number(count)]),
    );
    return {
      code,
      counts,
      output,
      rejects: existsSync(rejectsFile) ? readFileSync(rejectsFile, 'utf8').trim().split('\n').slice(1) : [],
    };
  }

  const row = (
    id: string,
    {
      title = `Book ${id}`,
      description = 'Text',
      price = '9.99 EUR',
      quantity = '5',
    }: { title?: string; description?: string; price?: string; quantity?: string } = {},
  ): string =>
    [id, title, description, 'https://x.example/1.jpg', 'in_stock', quantity, price, 'Brand', 'Books > English'].join(
      '\t',
    );
  const items = () =>
    query<{ sku: string; price_minor: string; quantity: number; version: number; categories: string[] }>(
      `SELECT i.sku, i.price_minor, s.quantity, i.version, i.categories
         FROM catalog.items i JOIN catalog.stock s ON s.item_id = i.id ORDER BY i.sku`,
    );

  it('imports the valid rows of a malformed feed and reports the others by line and column', async () => {
    const malformed = Buffer.concat([
      Buffer.from(`\uFEFF${HEADER}\r\n${row('good-1')}\r\n`),
      Buffer.from(
        [
          row('bad-price', { price: 'a lot' }),
          row(''),
          row('bad-quote', { title: '"Never closed' }),
          row('good-2', { title: '"Quoted ""well"""' }),
          row('bad-field', { description: 'x'.repeat(1_048_576) }),
          row('bad-nul', { title: 'a\u0000b' }),
          row('good-1', { title: 'The same again' }),
          row('bad-quantity', { quantity: '-1' }),
        ].join('\r\n'),
      ),
      Buffer.from('\r\nbad-utf8\t'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from(`\tText\r\n${row('good-3', { quantity: '0' })}\r\n`),
    ]);
    const { code, counts, rejects } = await importFeed(malformed);
    expect({ code, counts }).toEqual({ code: 0, counts: { new: 3, changed: 0, unchanged: 0, rejected: 8 } });
    expect((await items()).map(({ sku, quantity }) => [sku, quantity])).toEqual([
      ['good-1', 5],
      ['good-2', 5],
      ['good-3', 0],
    ]);
    const reported = rejects.map((line) => line.split(',').slice(0, 2).join(','));
    expect(reported.toSorted()).toEqual(
      ['10,quantity', '11,title', '3,price', '4,id', '5,title', '7,description', '8,title', '9,id'].toSorted(),
    );
    expect(Math.max(...rejects.map((line) => line.length))).toBeLessThan(300);
  });

  it('changes nothing the second time, and only what differs the third', async () => {
    const feed = [HEADER, row('a'), row('b'), row('c'), ''].join('\n');
    expect((await importFeed(feed)).counts).toEqual({ new: 3, changed: 0, unchanged: 0, rejected: 0 });
    const before = await query('SELECT *, xmin::text FROM catalog.items ORDER BY sku');
    expect((await importFeed(feed)).counts).toEqual({ new: 0, changed: 0, unchanged: 3, rejected: 0 });
    expect(await query('SELECT *, xmin::text FROM catalog.items ORDER BY sku')).toEqual(before);
    const newer = [HEADER, row('a', { price: '7.50 EUR' }), row('b', { quantity: '9' }), row('c'), ''].join('\n');
    expect((await importFeed(newer)).counts).toEqual({ new: 0, changed: 2, unchanged: 1, rejected: 0 });
    expect(
      (await items()).map(({ sku, price_minor, quantity, version }) => [sku, price_minor, quantity, version]),
    ).toEqual([
      ['a', '750', 5, 2],
      ['b', '999', 9, 1],
      ['c', '999', 5, 1],
    ]);
    const [price] = await query<{ prices: string[] }>(
      'SELECT array_agg(DISTINCT price_minor::text ORDER BY price_minor::text) AS prices FROM catalog.item_categories',
    );
    expect(price?.prices).toEqual(['750', '999']);
  });

  it('reads a Shopify export', async () => {
    const csv =
      'Handle,Title,Vendor,Type,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n' +
      'mug,Mug,Rook,Kitchen,Default Title,M-1,3,7.50\nmug,,,,Large,M-2,4,9\n';
    const { counts, output } = await importFeed(csv, 'shop.csv');
    expect(output).toContain('Shopify feed');
    expect(counts).toMatchObject({ new: 2, rejected: 0 });
    expect(await items()).toMatchObject([
      { sku: 'M-1', price_minor: '750', quantity: 3, categories: ['kitchen'] },
      { sku: 'M-2', price_minor: '900', quantity: 4 },
    ]);
  });

  it.each([
    ['an empty file', ''],
    ['another table', 'a,b\n1,2\n'],
  ])('refuses %s with 2 and leaves the catalog unchanged', async (_what, content) => {
    const { code, output } = await importFeed(content);
    expect(code).toBe(2);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(await items()).toEqual([]);
  });

  it('exits with 1 when every row was refused, and with 0 when there is none', async () => {
    const refused = await importFeed([HEADER, row('a', { price: 'a lot' }), ''].join('\n'));
    expect(refused).toMatchObject({ code: 1, counts: { new: 0, rejected: 1 } });
    expect(refused.rejects).toHaveLength(1);
    expect(await importFeed(`${HEADER}\n`)).toMatchObject({ code: 0, counts: { new: 0, rejected: 0 }, rejects: [] });
  });

  it('spares the feed and what no import wrote, and imports nothing', async () => {
    const feed = join(folder, 'feed.tsv');
    const content = [HEADER, row('a'), row('b', { price: 'a lot' }), ''].join('\n');
    writeFileSync(feed, content);
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    const answers = await Promise.all(
      ['./feed.tsv', 'mine.txt', '/dev/stdout'].map((rejects) =>
        runCli('catalog-import', ['feed.tsv', '--rejects', rejects], { INIT_CWD: folder }),
      ),
    );
    for (const { code, output } of answers)
      expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
    expect(readFileSync(feed, 'utf8')).toBe(content);
    expect(readFileSync(join(folder, 'mine.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).toSorted()).toEqual(['feed.tsv', 'mine.txt']);
    expect(await items()).toEqual([]);
  });

  it('reads and writes where npm was called, whatever the names are', async () => {
    writeFileSync(join(folder, 'two words\n.tsv'), [HEADER, row('a'), row('b', { price: 'a lot' }), ''].join('\n'));
    const { code, output } = await runCli('catalog-import', ['two words\n.tsv', '--rejects', 'out 1.csv'], {
      INIT_CWD: folder,
    });
    expect(code).toBe(0);
    expect(output).toContain(`Rejected rows, by line and column: "${folder}/out 1.csv"`);
    expect(readFileSync(join(folder, 'out 1.csv'), 'utf8').split('\n')).toHaveLength(3);
  });

  it('reads a pipe to its end', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const imported = runCli('catalog-import', [pipe]);
    await writeFile(pipe, [HEADER, row('a'), row('b'), ''].join('\n'));
    expect((await imported).code).toBe(0);
    expect(await items()).toHaveLength(2);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const running = startCli('catalog-import', [pipe, '--rejects', join(folder, 'rejects.csv')]);
    const feed = await open(pipe, 'w');
    await feed.write([HEADER, row('a'), row('b', { price: 'a lot' }), ''].join('\n'));
    await eventually(() => Promise.resolve(readdirSync(folder).some((name) => name.startsWith('.rejects-'))));
    running.child.kill('SIGTERM');
    await running.ended;
    await feed.close();
    expect(running.child.signalCode).toBe('SIGTERM');
    expect(readdirSync(folder)).toEqual(['pipe']);
    expect(await items()).toEqual([]);
  });

  it('names a feed that cannot be read', async () => {
    for (const [file, why] of [
      [join(folder, 'missing.tsv'), 'does not exist'],
      [folder, 'is a folder'],
    ] as const) {
      const { code, output } = await runCli('catalog-import', [file]);
      expect(code).toBe(2);
      expect(output).toMatch(new RegExp(`^The feed ${file} cannot be read: ${file} ${why}[^\\n]*\\n$`));
    }
  });
});

describe('generated items', () => {
  beforeAll(freshStart);

  it('are the same for the same number, and another run adds more', async () => {
    expect(await runCli('catalog-generate', ['120'])).toMatchObject({ code: 0 });
    const [first] = await query<{ id: string; title: string }>(
      "SELECT id, title FROM catalog.items WHERE sku = 'gen-000000000'",
    );
    expect(await runCli('catalog-generate', ['80'])).toMatchObject({ code: 0 });
    expect(await query('SELECT count(*)::int AS items, count(DISTINCT slug)::int AS slugs FROM catalog.items')).toEqual(
      [{ items: 200, slugs: 200 }],
    );
    expect(await query('SELECT FROM catalog.stock')).toHaveLength(200);
    await freshStart();
    await runCli('catalog-generate', ['1']);
    expect(await query("SELECT id, title FROM catalog.items WHERE sku = 'gen-000000000'")).toEqual([first]);
  });

  it('of the sample are in stock, and a second load adds none', async () => {
    await freshStart();
    expect(await runCli('catalog-sample')).toMatchObject({ code: 0 });
    expect(await runCli('catalog-sample')).toMatchObject({ code: 0 });
    expect(
      await query(
        `SELECT count(*)::int AS items, min(quantity) > 0 AS stocked
           FROM catalog.items JOIN catalog.stock ON item_id = id`,
      ),
    ).toEqual([{ items: 240, stocked: true }]);
    expect(await query('SELECT FROM catalog.categories')).toHaveLength(8);
  });
});
