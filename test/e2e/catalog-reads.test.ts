import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStart, query } from '../support/fresh-start.js';
import { runCli } from '../support/run-cli.js';

interface Item {
  id: string;
  sku: string;
  slug: string;
  title: string;
  brand: string;
  categories: string[];
  price: { amount: number; currency: string };
  availability: { status: string; quantity: number };
}

interface Page {
  data: Item[];
  nextCursor: string | null;
}

describe('catalog reads', () => {
  let bulwark: Bulwark;

  beforeAll(async () => {
    await freshStart();
    for (const [name, args] of [
      ['catalog-sample', []],
      ['catalog-generate', ['500']],
    ] as [string, string[]][]) {
      const { code, output } = await runCli(name, args);
      if (code !== 0) throw new Error(output);
    }
    bulwark = await startBulwark({ BULWARK_ROLE: 'web' });
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const page = async (parameters: string): Promise<Page> =>
    (await bulwark.api.get<Page>(`/v1/items?${parameters}`)).body;

  async function everyPage(parameters: string): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null; pages++) {
      if (pages > 100) throw new Error('The pages never end.');
      const next: Page = await page(`${parameters}${cursor ? `&cursor=${cursor}` : ''}`);
      items.push(...next.data);
      cursor = next.nextCursor;
    }
    return items;
  }

  describe('a list', () => {
    it.each(['newest', 'price', '-price'])(
      'sorted by %s pages through all items without a gap or a duplicate',
      async (sort) => {
        const items = await everyPage(`sort=${sort}&limit=97`);
        const { count } = (
          await query<{ count: string }>('SELECT count(*) FROM catalog.items WHERE deleted_at IS NULL')
        )[0] ?? { count: '' };
        expect(new Set(items.map(({ id }) => id)).size).toBe(Number(count));
        expect(items).toHaveLength(Number(count));
      },
    );

    it('has the requested order', async () => {
      const cheapFirst = (await everyPage('sort=price&limit=100')).map(({ price }) => price.amount);
      expect(cheapFirst).toEqual(cheapFirst.toSorted((a, b) => a - b));
      const expensiveFirst = (await everyPage('sort=-price&limit=100')).map(({ price }) => price.amount);
      expect(expensiveFirst).toEqual(expensiveFirst.toSorted((a, b) => b - a));
    });

    it.each(['newest', 'price', '-price'])(
      'of a category sorted by %s has all of its items and no others',
      async (sort) => {
        const items = await everyPage(`category=kitchen&sort=${sort}&limit=31`);
        const expected = await query<{ id: string }>("SELECT id FROM catalog.items WHERE 'kitchen' = ANY(categories)");
        expect(items.map(({ id }) => id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
      },
    );

    it('has 24 items by default, and none for an unknown category', async () => {
      expect((await page('')).data).toHaveLength(24);
      expect(await page('category=nothing-here')).toEqual({ data: [], nextCursor: null });
    });

    it.each([
      'limit=0',
      'limit=101',
      'limit=ten',
      'limit=1.5',
      'sort=random',
      'cursor=nonsense',
      'category=Not%20A%20Slug',
      'unknown=1',
      'q=',
      `q=${'x'.repeat(201)}`,
      'limit=1&limit=2',
      'q=a&q=b',
    ])('refuses %s', async (parameters) => {
      expect(await bulwark.api.get(`/v1/items?${parameters}`)).toMatchObject({
        status: 400,
        body: { code: 'validation_failed' },
      });
    });

    it('refuses a cursor of another list', async () => {
      const { nextCursor } = await page('sort=price&limit=2');
      expect((await bulwark.api.get(`/v1/items?sort=price&limit=5&cursor=${nextCursor}`)).status).toBe(200);
      for (const other of ['sort=newest', 'sort=price&category=kitchen', 'sort=price&q=walnut']) {
        expect(await bulwark.api.get(`/v1/items?${other}&cursor=${nextCursor}`)).toMatchObject({
          status: 400,
          body: { code: 'validation_failed', errors: [{ pointer: '/cursor' }] },
        });
      }
    });
  });

  describe('a search', () => {
    it('finds the items with the words, page by page, within the category', async () => {
      const found = await everyPage('q=walnut&limit=10');
      const expected = await query<{ id: string }>("SELECT id FROM catalog.items WHERE title ILIKE '%walnut%'");
      expect(found.map(({ id }) => id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
      const inKitchen = await everyPage('q=walnut&category=kitchen&sort=price&limit=3');
      expect(inKitchen.map(({ id }) => id).toSorted()).toEqual(
        found
          .filter(({ categories }) => categories.includes('kitchen'))
          .map(({ id }) => id)
          .toSorted(),
      );
      expect(inKitchen.map(({ price }) => price.amount)).toEqual(
        inKitchen.map(({ price }) => price.amount).toSorted((a, b) => a - b),
      );
    });

    it('ranks a match in the title above one in the description', async () => {
      await query(
        "UPDATE catalog.items SET description = 'Made of unobtainium.', popularity = 0 WHERE sku = 'sample-001'",
      );
      await query("UPDATE catalog.items SET title = 'Unobtainium Kettle', popularity = 0 WHERE sku = 'sample-002'");
      await replicaCaughtUp();
      expect((await page('q=unobtainium')).data.map(({ sku }) => sku)).toEqual(['sample-002', 'sample-001']);
    });

    it.each(['telescpe', 'tlescope', 'telescoep', 'teles', 'TELESCOPE', 'Télescope'])('corrects %s', async (q) => {
      const { data } = await page(`q=${encodeURIComponent(q)}&limit=5`);
      expect(data.length).toBeGreaterThan(0);
      for (const { title } of data) expect(title).toContain('Telescope');
    });

    it('pages through a corrected search without duplicates', async () => {
      const right = await everyPage('q=telescope&limit=100');
      const wrong = await everyPage('q=telescpe&limit=7');
      expect(wrong.map(({ id }) => id).toSorted()).toEqual(right.map(({ id }) => id).toSorted());
    });

    it.each(['zzzzqqqq', '!!!', "'; DROP TABLE items; --", ':* & |', '"', '((', '\\', '-', '%00x', '🦉'])(
      'for %s answers a page and not an error',
      async (q) => {
        const answer = await bulwark.api.get<Page>(`/v1/items?q=${encodeURIComponent(q)}`);
        expect(answer.status).toBe(200);
        expect(Array.isArray(answer.body.data)).toBe(true);
      },
    );
  });

  describe('an item', () => {
    it('is found by its id and by its slug, in the shape of the contract', async () => {
      const [first] = (await page('limit=1')).data;
      const byId = await bulwark.api.get<Item>(`/v1/items/${first?.id}`);
      const bySlug = await bulwark.api.get<Item>(`/v1/items/${first?.slug}`);
      expect(byId.text).toBe(bySlug.text);
      expect(byId.body).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        sku: expect.any(String) as string,
        slug: first?.slug,
        title: expect.any(String) as string,
        description: expect.any(String) as string,
        brand: expect.any(String) as string,
        categories: [expect.any(String)],
        images: [expect.stringMatching(/^https:/)],
        price: { amount: expect.any(Number) as number, currency: 'EUR' },
        availability: {
          status: expect.stringMatching(/^(in|out_of)_stock$/) as string,
          quantity: expect.any(Number) as number,
        },
        version: 1,
        updatedAt: expect.stringMatching(/Z$/) as string,
      });
    });

    it.each([
      '019a9f3c-7b1e-7c4e-9a53-0d6f1f3b8e21',
      'no-such-slug',
      "'%20OR%201=1",
      '%F0%9F%A6%89',
      '..%2f..%2fetc',
      'x'.repeat(150),
    ])('that does not exist is 404: %s', async (name) => {
      expect((await bulwark.api.get(`/v1/items/${name}`)).status).toBe(404);
    });
  });

  it('of a name beyond the bound is refused by the server', async () => {
    expect(await bulwark.api.get(`/v1/items/${'x'.repeat(300)}`)).toMatchObject({
      status: 414,
      body: { code: 'uri_too_long' },
    });
  });

  describe('home and categories', () => {
    it('show sections of items and the categories in their order', async () => {
      const home = await bulwark.api.get<{
        sections: { slug: string; title: string; items: Item[] }[];
        generatedAt: string;
      }>('/v1/home');
      expect(home.body.sections.map(({ slug }) => slug)).toEqual([
        'popular',
        'new',
        'category-kitchen',
        'category-furniture',
        'category-lighting',
        'category-outdoor',
      ]);
      for (const { items } of home.body.sections) expect(items.length).toBeGreaterThan(0);
      expect(home.body.generatedAt).toMatch(/Z$/);
      const categories = await bulwark.api.get<{ data: { slug: string }[]; nextCursor: string | null }>(
        '/v1/categories?limit=5',
      );
      expect(categories.body.data.map(({ slug }) => slug)).toEqual([
        'kitchen',
        'furniture',
        'lighting',
        'outdoor',
        'audio',
      ]);
      const rest = await bulwark.api.get<{ data: { slug: string }[]; nextCursor: string | null }>(
        `/v1/categories?cursor=${categories.body.nextCursor}`,
      );
      expect(rest.body).toMatchObject({
        data: [{ slug: 'office' }, { slug: 'garden' }, { slug: 'toys' }],
        nextCursor: null,
      });
    });
  });

  describe('caching', () => {
    it.each([
      ['/v1/items', 2],
      ['/v1/items?q=walnut', 2],
      ['/v1/categories', 60],
      ['/v1/items/ITEM', 2],
      ['/v1/home', 2],
    ])('of %s is public, bounded and revalidates with 304', async (path, boundSeconds) => {
      const [item] = (await page('limit=1')).data;
      const address = path.replace('ITEM', item?.slug ?? '');
      const first = await bulwark.api.get(address);
      const tag = first.headers.get('etag') ?? '';
      expect(tag).toMatch(/^"[^"]+"$/);
      const [, maxAge, revalidate] =
        /^public, max-age=(\d+), stale-while-revalidate=(\d+), stale-if-error=\d+$/.exec(
          first.headers.get('cache-control') ?? '',
        ) ?? [];
      // The age of the entry in our own layers is a part of the bound.
      expect(Number(maxAge) + Number(revalidate)).toBeLessThanOrEqual(boundSeconds);
      expect(Number(maxAge)).toBeGreaterThanOrEqual(boundSeconds === 2 ? 0 : 40);
      expect(first.headers.get('cache-status')).toMatch(/^(memory|redis|origin); hit/);
      // The home page has the time of its load: its tag changes with each load.
      if (path === '/v1/home') return;
      const again = await bulwark.api.get(address, { headers: { 'if-none-match': `"other", W/${tag}` } });
      expect(again).toMatchObject({ status: 304, text: '' });
      expect(again.headers.get('etag')).toBe(tag);
      expect(again.headers.get('cache-control')).toMatch(/^public, max-age=/);
      expect((await bulwark.api.get(address, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    });

    it('gives an item another tag when its stock changes', async () => {
      const [item] = (await page('limit=1&sort=price')).data;
      const before = await bulwark.api.get(`/v1/items/${item?.id}`);
      await query('UPDATE catalog.stock SET quantity = quantity + 1 WHERE item_id = $1', [item?.id]);
      const readAgain = () =>
        bulwark.api.get(`/v1/items/${item?.id}`, { headers: { 'if-none-match': before.headers.get('etag') ?? '' } });
      await eventually(async () => (await readAgain()).status === 200);
      const after = await readAgain();
      expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    });
  });
});

/** Waits until every replica has replayed what the primary has written so far. */
async function replicaCaughtUp(): Promise<void> {
  const [position] = await query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn');
  const behind = async (): Promise<boolean> =>
    (await query('SELECT FROM pg_stat_replication WHERE replay_lsn < $1::pg_lsn', [position?.lsn])).length > 0;
  for (let tries = 0; tries < 1_000 && (await behind()); tries++);
}
