import { randomUUID } from 'node:crypto';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStartWithCatalog, query } from '../support/fresh-start.js';
import { newCustomer, newStaff, type Person } from '../support/people.js';

interface Item {
  id: string;
  sku: string;
  slug: string;
  title: string;
  price: { amount: number; currency: string };
  availability: { status: string; quantity: number };
  version: number;
}

describe('catalog writes by staff', () => {
  let bulwark: Bulwark;
  let staff: Person;
  let customer: Person;

  beforeAll(async () => {
    await freshStartWithCatalog();
    bulwark = await startBulwark({ BULWARK_ROLE: 'web' });
    staff = await newStaff(bulwark.api, 'merchandiser');
    customer = await newCustomer(bulwark.api);
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const draft = (changes: object = {}) => ({
    sku: `test-${randomUUID()}`,
    title: 'A Thing',
    price: { amount: 1_299, currency: 'EUR' },
    stock: 5,
    ...changes,
  });
  const create = (body: object, token = staff.token, key?: string) =>
    bulwark.api.post<Item>('/v1/items', body, { token, key });
  const change = (id: string, body: object, ifMatch?: string) =>
    bulwark.api.patch<Item>(`/v1/items/${id}`, body, {
      token: staff.token,
      headers: ifMatch ? { 'if-match': ifMatch } : {},
    });
  const remove = (id: string, ifMatch?: string) =>
    bulwark.api.delete(`/v1/items/${id}`, { token: staff.token, headers: ifMatch ? { 'if-match': ifMatch } : {} });
  const tagOf = (answer: { headers: Headers }): string => answer.headers.get('etag') ?? '';

  it('add an item that public reads then show, with the same entity tag', async () => {
    const created = await create(
      draft({
        title: 'Brass Owl',
        description: 'Sees at night.',
        brand: 'Rook',
        categories: ['toys'],
        images: ['https://x.example/owl.jpg'],
      }),
    );
    expect(created).toMatchObject({
      status: 201,
      body: {
        title: 'Brass Owl',
        categories: ['toys'],
        version: 1,
        price: { amount: 1_299, currency: 'EUR' },
        availability: { status: 'in_stock', quantity: 5 },
      },
    });
    expect(created.headers.get('location')).toBe(`/v1/items/${created.body.id}`);
    const location = created.headers.get('location') ?? '';
    await eventually(async () => (await bulwark.api.get(location)).status === 200);
    const read = await bulwark.api.get(location);
    expect(read.text).toBe(created.text);
    expect(tagOf(read)).toBe(tagOf(created));
    await eventually(
      async () =>
        (await bulwark.api.get<{ data: Item[] }>('/v1/items?category=toys&sort=newest&limit=1')).body.data[0]?.id ===
        created.body.id,
    );
    await eventually(async () =>
      (await bulwark.api.get<{ data: Item[] }>('/v1/items?q=brass%20owl')).body.data.some(
        ({ id }) => id === created.body.id,
      ),
    );
  });

  it('happen once for each key', async () => {
    const [body, key] = [draft(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(body, staff.token, key)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(await query('SELECT FROM catalog.items WHERE sku = $1', [body.sku])).toHaveLength(1);
    expect(
      await query("SELECT FROM audit.outbox WHERE type = 'catalog.item-changed.v1' AND aggregate_id = $1", [
        answers[0]?.body.id,
      ]),
    ).toHaveLength(1);
  });

  it('are for merchandisers only', async () => {
    const finance = await newStaff(bulwark.api, 'finance', 'partner');
    const { body } = await create(draft());
    for (const [token, status, code] of [
      [undefined, 401, 'unauthenticated'],
      [customer.token, 403, 'forbidden'],
      [finance.token, 403, 'forbidden'],
    ] as const) {
      expect(await bulwark.api.post('/v1/items', draft(), { token })).toMatchObject({ status, body: { code } });
      expect(await bulwark.api.patch(`/v1/items/${body.id}`, { title: 'Mine' }, { token })).toMatchObject({
        status,
        body: { code },
      });
      expect(await bulwark.api.delete(`/v1/items/${body.id}`, { token })).toMatchObject({ status, body: { code } });
    }
  });

  it('change price and stock and increment the version', async () => {
    const created = await create(draft());
    const changed = await change(
      created.body.id,
      { price: { amount: 999, currency: 'USD' }, stock: 0 },
      tagOf(created),
    );
    expect(changed).toMatchObject({
      status: 200,
      body: {
        title: 'A Thing',
        version: 2,
        price: { amount: 999, currency: 'USD' },
        availability: { status: 'out_of_stock', quantity: 0 },
      },
    });
    expect(await query('SELECT quantity FROM audit.stock WHERE item_id = $1', [created.body.id])).toEqual([
      { quantity: 0 },
    ]);
    expect(
      await query(
        "SELECT aggregate_id FROM audit.outbox WHERE type = 'catalog.item-changed.v1' AND aggregate_id = $1",
        [created.body.id],
      ),
    ).toHaveLength(2);
    expect(changed.body.slug).toBe(created.body.slug);
  });

  it('are refused with 412 after another change, and write nothing', async () => {
    const created = await create(draft());
    const both = await Promise.all(['One', 'Two'].map((title) => change(created.body.id, { title }, tagOf(created))));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    expect(both.find(({ status }) => status === 412)?.body).toMatchObject({ code: 'version_mismatch' });
    expect(await remove(created.body.id, tagOf(created))).toMatchObject({
      status: 412,
      body: { code: 'version_mismatch' },
    });
    expect(await query('SELECT version, deleted_at FROM catalog.items WHERE id = $1', [created.body.id])).toEqual([
      { version: 2, deleted_at: null },
    ]);
  });

  it('do not undo a sale that happened since the item was read', async () => {
    const created = await create(draft());
    await query('UPDATE catalog.stock SET quantity = quantity - 1 WHERE item_id = $1', [created.body.id]);
    expect((await change(created.body.id, { stock: 10 }, tagOf(created))).status).toBe(412);
    expect(await change(created.body.id, { title: 'Renamed' }, tagOf(created))).toMatchObject({
      status: 200,
      body: { availability: { quantity: 4 } },
    });
  });

  it('remove an item from lists, search and its page, and free its SKU', async () => {
    const created = await create(draft({ title: 'Doomed Zeppelin', categories: ['audio'] }));
    expect(await remove(created.body.id, tagOf(created))).toMatchObject({ status: 204, text: '' });
    await eventually(async () => (await bulwark.api.get(`/v1/items/${created.body.id}`)).status === 404);
    expect((await bulwark.api.get<{ data: Item[] }>('/v1/items?q=zeppelin')).body.data).toEqual([]);
    expect(
      (await bulwark.api.get<{ data: Item[] }>('/v1/items?category=audio&limit=100')).body.data.some(
        ({ id }) => id === created.body.id,
      ),
    ).toBe(false);
    expect((await remove(created.body.id)).status).toBe(404);
    expect((await change(created.body.id, { title: 'Back' })).status).toBe(404);
    expect((await create(draft({ sku: created.body.sku }))).status).toBe(201);
  });

  it('refuse a SKU that another item has', async () => {
    const [one, two] = [await create(draft()), await create(draft())];
    expect(await create(draft({ sku: one.body.sku }))).toMatchObject({ status: 409, body: { code: 'sku_taken' } });
    expect(await change(two.body.id, { sku: one.body.sku })).toMatchObject({
      status: 409,
      body: { code: 'sku_taken' },
    });
    expect((await change(two.body.id, { sku: two.body.sku })).status).toBe(200);
  });

  it.each([
    ['no price', { price: undefined }, '/price'],
    ['a price of zero', { price: { amount: 0, currency: 'EUR' } }, '/price/amount'],
    ['a negative price', { price: { amount: -1, currency: 'EUR' } }, '/price/amount'],
    ['a float', { price: { amount: 12.5, currency: 'EUR' } }, '/price/amount'],
    ['a price as text', { price: { amount: '1299', currency: 'EUR' } }, '/price/amount'],
    ['a price beyond the bound', { price: { amount: Number.MAX_SAFE_INTEGER, currency: 'EUR' } }, '/price/amount'],
    ['an unknown currency', { price: { amount: 1, currency: 'ZZZ' } }, '/price/currency'],
    ['negative stock', { stock: -1 }, '/stock'],
    ['stock beyond bounds', { stock: 2 ** 40 }, '/stock'],
    ['stock that is null', { stock: null }, '/stock'],
    ['an unknown category', { categories: ['no-such-category'] }, '/categories'],
    ['a category twice', { categories: ['toys', 'toys'] }, '/categories'],
    ['a script as an image', { images: ['javascript:alert(1)'] }, '/images'],
    ['a file as an image', { images: ['file:///etc/passwd'] }, '/images'],
    ['an empty title', { title: '   ' }, '/title'],
    ['a title beyond the bound', { title: 'x'.repeat(301) }, '/title'],
    ['a title that is null', { title: null }, '/title'],
    ['a field that the server sets', { version: 7 }, '/version'],
    ['an id', { id: randomUUID() }, '/id'],
  ])('refuse %s', async (_what, changes, pointer) => {
    const refused = await create(draft(changes));
    expect(refused).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: [{ pointer }] } });
    if (pointer === '/price' || pointer === '/id') return;
    const { body } = await create(draft());
    expect(await change(body.id, changes)).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ pointer }] },
    });
  });

  it('answer 404 for an unknown item', async () => {
    for (const id of [randomUUID(), 'not-a-uuid', '1']) {
      expect(await change(id, { title: 'x' })).toMatchObject({ status: 404, body: { code: 'not_found' } });
      expect(await remove(id)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });
});
