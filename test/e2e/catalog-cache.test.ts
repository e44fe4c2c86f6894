import { Agent, get as httpGet, type IncomingHttpHeaders } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { SHIPPED_WAITS, startBulwark, type Bulwark } from '../support/bulwark.js';
import { eventually } from '../support/eventually.js';
import { freshStartWithCatalog, query, withOwner } from '../support/fresh-start.js';
import { metric } from '../support/metrics.js';
import { newStaff, type Person } from '../support/people.js';
import { runCli } from '../support/run-cli.js';
import { testServices } from '../support/services.js';

interface Item {
  id: string;
  sku: string;
  slug: string;
  title: string;
  price: { amount: number; currency: string };
  availability: { quantity: number };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** So many connections that each process has answered: the cluster primary hands them out in turn. */
const CONNECTIONS = 6;

describe('the layered cache of a fleet', () => {
  let bulwark: Bulwark;
  let staff: Person;

  beforeAll(async () => {
    await freshStartWithCatalog();
    bulwark = await startBulwark({ ...SHIPPED_WAITS, WEB_WORKERS: '2' });
    staff = await newStaff(bulwark.api, 'merchandiser');
    await publishing();
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  /** Over a connection of its own, so that it reaches the next process. */
  function read(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      httpGet(
        `${bulwark.url}${path}`,
        { agent: new Agent(), method, headers: { connection: 'close', ...headers } },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
        },
      ).on('error', reject);
    });
  }

  const everywhere = (path: string): Promise<Answer[]> =>
    Promise.all(Array.from({ length: CONNECTIONS }, () => read(path)));
  const showsEverywhere = (path: string, shows: (answer: Answer) => boolean): Promise<boolean> =>
    eventually(async () => (await everywhere(path)).every(shows));
  const loads = (cache: string): Promise<number> => metric(bulwark, 'bulwark_cache_loads_total', { cache });
  const layerOf = (answer: Answer): string => (answer.headers['cache-status'] as string).split(';')[0] ?? '';
  const items = async (parameters = 'limit=100'): Promise<Item[]> =>
    (JSON.parse((await read(`/v1/items?${parameters}`)).body) as { data: Item[] }).data;
  /** Waits until the worker publishes invalidations to every process. */
  const publishing = (): Promise<boolean> =>
    eventually(async () => (await metric(bulwark, 'bulwark_cache_invalidation_lag_seconds')) > 0);

  describe('serves from the nearest layer', () => {
    it('a memory hit with all headers that the framework sends', async () => {
      const path = `/v1/items/${(await items())[3]?.slug}`;
      const longWay = await read(`${path}?`);
      await showsEverywhere(path, (answer) => layerOf(answer) === 'memory');
      const hit = await read(path, { 'x-request-id': 'mine-1' });
      expect(hit.headers['cache-status']).toBe('memory; hit');
      expect(hit.body).toBe(longWay.body);
      expect(hit.headers['x-request-id']).toBe('mine-1');
      const varying = ['date', 'x-request-id', 'cache-status', 'cache-control', 'connection', 'keep-alive'];
      const constant = ({ headers }: Answer) =>
        Object.fromEntries(Object.entries(headers).filter(([name]) => !varying.includes(name)));
      expect(constant(hit)).toEqual(constant(longWay));
      const known = await read(path, { 'if-none-match': hit.headers.etag as string });
      expect(known).toMatchObject({
        status: 304,
        body: '',
        headers: { etag: hit.headers.etag, 'cache-status': 'memory; hit' },
      });
      expect((await read(path, { 'if-none-match': '"other"' })).status).toBe(200);
    });

    it('alike from memory and through the framework, with and without If-None-Match, and for HEAD', async () => {
      const path = `/v1/items/${(await items())[4]?.id}`;
      await showsEverywhere(path, (answer) => layerOf(answer) === 'memory');
      // The framework answers a request with a content-length, even of 0.
      const requestHeaders: Record<string, string>[] = [{}, { 'content-length': '0' }];
      const full = await read(path);
      for (const headers of requestHeaders) {
        const fields = { etag: full.headers.etag, 'cache-status': 'memory; hit' };
        expect(await read(path, headers)).toMatchObject({ status: 200, body: full.body, headers: fields });
        for (const tag of [full.headers.etag as string, `W/${full.headers.etag}`, `"other", ${full.headers.etag}`, '*'])
          expect(await read(path, { ...headers, 'if-none-match': tag })).toMatchObject({
            status: 304,
            body: '',
            headers: fields,
          });
        expect((await read(path, { ...headers, 'if-none-match': '"other"' })).status).toBe(200);
      }
      expect(await read(path, {}, 'HEAD')).toMatchObject({
        status: 200,
        body: '',
        headers: { etag: full.headers.etag, 'content-length': String(Buffer.byteLength(full.body)) },
      });
      expect((await read(path, { 'if-none-match': full.headers.etag as string }, 'HEAD')).status).toBe(304);
    });

    it('counts memory hits as requests of the catalog', async () => {
      const before = await metric(bulwark, 'bulwark_http_requests_total', {
        module: 'catalog',
        kind: 'read',
        status: '200',
      });
      await showsEverywhere('/v1/home', (answer) => layerOf(answer) === 'memory');
      for (let n = 0; n < 10; n++) await read('/v1/home');
      expect(
        (await metric(bulwark, 'bulwark_http_requests_total', { module: 'catalog', kind: 'read', status: '200' })) -
          before,
      ).toBeGreaterThanOrEqual(16);
    });

    it('what the worker has put into Redis, without asking the database for it', async () => {
      const all = [...(await items()), ...(await items('limit=100&sort=price'))];
      await eventually(() => Promise.resolve(/"msg":"The shared cache is warm/.test(bulwark.logs())));
      const before = await loads('item');
      for (const { id } of all) expect((await read(`/v1/items/${id}`)).status).toBe(200);
      for (const { slug } of all) expect((await read(`/v1/items/${slug}`)).status).toBe(200);
      expect(await loads('item')).toBe(before);
    });
  });

  describe('asks the origin once', () => {
    it('when 500 callers of two processes request a page that no layer has', async () => {
      const before = await loads('items');
      const answers = await Promise.all(
        Array.from({ length: 500 }, () => read('/v1/items?category=kitchen&limit=50&sort=-price')),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
      expect((await loads('items')) - before).toBe(1);
    });

    it('for every spelling of one request', async () => {
      await read('/v1/items?limit=24&sort=newest');
      const before = await loads('items');
      for (const same of ['', '?limit=24', '?sort=newest', '?sort=relevance', '?sort=newest&limit=24'])
        expect((await read(`/v1/items${same}`)).status).toBe(200);
      expect(await loads('items')).toBe(before);
    });
  });

  describe('shows a change at every process', () => {
    it('of price, on the item by either name, in lists and on the home page', async () => {
      const [item] = JSON.parse((await read('/v1/home')).body).sections[0].items as Item[];
      const paths = [`/v1/items/${item?.id}`, `/v1/items/${item?.slug}`, '/v1/home', '/v1/items?sort=price&limit=100'];
      for (const path of paths) await everywhere(path);
      const changed = await bulwark.api.patch(
        `/v1/items/${item?.id}`,
        { price: { amount: 7, currency: 'EUR' } },
        { token: staff.token },
      );
      expect(changed.status).toBe(200);
      for (const path of paths)
        await showsEverywhere(path, ({ body }) => body.includes('"price":{"amount":7,"currency":"EUR"}'));
    });

    it('of stock that a sale has changed, without a write of staff', async () => {
      const [item] = JSON.parse((await read('/v1/home')).body).sections[1].items as Item[];
      await everywhere(`/v1/items/${item?.id}`);
      await everywhere('/v1/home');
      await query('UPDATE catalog.stock SET quantity = 987654 WHERE item_id = $1', [item?.id]);
      await showsEverywhere(`/v1/items/${item?.id}`, ({ body }) => body.includes('"quantity":987654'));
      await showsEverywhere('/v1/home', ({ body }) => body.includes('"quantity":987654'));
    });

    it('of a new item that was not found before, and of its removal', async () => {
      const created = await bulwark.api.post<Item>(
        '/v1/items',
        { sku: 'cache-1', title: 'Now You See It', price: { amount: 5, currency: 'EUR' } },
        { token: staff.token },
      );
      const path = `/v1/items/${created.body.slug}`;
      await showsEverywhere(path, ({ status }) => status === 200);
      await showsEverywhere('/v1/items?limit=10', ({ body }) => body.includes(created.body.id));
      expect((await bulwark.api.delete(`/v1/items/${created.body.id}`, { token: staff.token })).status).toBe(204);
      await showsEverywhere(path, ({ status }) => status === 404);
      await showsEverywhere('/v1/items?limit=10', ({ body }) => !body.includes(created.body.id));
      const again = await bulwark.api.post<Item>(
        '/v1/items',
        { sku: 'cache-1', title: 'Now You See It', price: { amount: 5, currency: 'EUR' } },
        { token: staff.token },
      );
      expect(again.body.slug).toBe(created.body.slug);
      await showsEverywhere(path, ({ status }) => status === 200);
    });

    it('of 10,000 imported items, without flushing what did not change', async () => {
      const feed = join(testServices().dataDir, 'cache-feed.tsv');
      const rows = (price: string): string =>
        [
          'id\ttitle\tdescription\tlink\timage_link\tavailability\tprice',
          ...Array.from(
            { length: 10_000 },
            (_, n) =>
              `bulk-${n}\tBulk Thing ${n}\tOne of many.\thttps://shop.example/${n}\t` +
              `https://shop.example/${n}.jpg\tin stock\t${price} EUR`,
          ),
        ].join('\n');
      writeFileSync(feed, rows('10.00'));
      expect(await runCli('catalog-import', [feed])).toMatchObject({ code: 0 });
      const [bulk] = await query<{ id: string }>("SELECT id FROM catalog.items WHERE sku = 'bulk-77'");
      await showsEverywhere(`/v1/items/${bulk?.id}`, ({ body }) => body.includes('"amount":1000'));
      const others = (await items('limit=100&category=furniture')).map(({ id }) => `/v1/items/${id}`);
      for (const path of others) await everywhere(path);
      writeFileSync(feed, rows('12.00'));
      expect(await runCli('catalog-import', [feed])).toMatchObject({ code: 0 });
      const layers = new Set<string>();
      await eventually(async () => {
        for (const path of others) layers.add(layerOf(await read(path)));
        return (await everywhere(`/v1/items/${bulk?.id}`)).every(({ body }) => body.includes('"amount":1200'));
      });
      // No request waited for the database meanwhile.
      expect([...layers].filter((layer) => layer === 'origin')).toEqual([]);
    });
  });

  describe('degrades and heals without a restart', () => {
    const freeze = (service: string): (() => void) => {
      const pid = testServices().pids[service] ?? 0;
      process.kill(pid, 'SIGSTOP');
      return () => process.kill(pid, 'SIGCONT');
    };

    it('while Redis is silent: from memory, and from the database behind its bulkhead', async () => {
      const [known, unknown] = await items('limit=2&sort=price');
      await everywhere(`/v1/items/${known?.id}`);
      const thaw = freeze('redisCache');
      try {
        for (let n = 0; n < 20; n++) expect((await read(`/v1/items/${known?.id}`)).status).toBe(200);
        expect((await read(`/v1/items/${unknown?.slug}`)).status).toBe(200);
        await eventually(() => Promise.resolve(/Redis is silent/.test(bulwark.logs())));
        // The process of the write shows it; no invalidation message can reach the others.
        expect(
          (
            await bulwark.api.patch(
              `/v1/items/${known?.id}`,
              { price: { amount: 31, currency: 'EUR' } },
              { token: staff.token },
            )
          ).status,
        ).toBe(200);
        await showsEverywhere(`/v1/items/${known?.id}`, ({ body }) => body.includes('"amount":31'));
      } finally {
        thaw();
      }
      await eventually(() => Promise.resolve(/Redis answers again/.test(bulwark.logs())));
      await query('UPDATE catalog.stock SET quantity = 4321 WHERE item_id = $1', [known?.id]);
      await showsEverywhere(`/v1/items/${known?.id}`, ({ body }) => body.includes('"quantity":4321'));
    });

    it('after Redis has lost everything, the publisher position included', async () => {
      const [item] = await items('limit=1&sort=-price');
      const redis = new Redis(testServices().redisCache);
      try {
        for (let quantity = 1_001; quantity < 1_006; quantity++) {
          await showsEverywhere(`/v1/items/${item?.id}`, (answer) => layerOf(answer) === 'memory');
          await redis.flushall();
          // Between the loss and the next run of the publisher.
          await query('UPDATE catalog.stock SET quantity = $2 WHERE item_id = $1', [item?.id, quantity]);
          await showsEverywhere(`/v1/items/${item?.id}`, ({ body }) => body.includes(`"quantity":${quantity}`));
        }
      } finally {
        redis.disconnect();
      }
    });

    it('while no database can be reached: warm entries are stale-if-error, the rest is refused in time', async () => {
      const [warm] = await items('limit=1');
      await showsEverywhere(`/v1/items/${warm?.id}`, (answer) => layerOf(answer) === 'memory');
      const thaw = freeze('pooler');
      try {
        await eventually(async () =>
          (await everywhere(`/v1/items/${warm?.id}`)).every(({ headers }) =>
            /^(memory|redis); hit; ttl=-?\d+; detail=stale-if-error/.test(headers['cache-status'] as string),
          ),
        );
        const cold = await read('/v1/items/no-such-item');
        expect(cold.status).toBe(503);
        expect(Number(cold.headers['retry-after'])).toBeGreaterThan(0);
      } finally {
        thaw();
      }
      await showsEverywhere(`/v1/items/${warm?.id}`, ({ headers }) => headers['cache-status'] === 'memory; hit');
      await showsEverywhere('/v1/items/no-such-item', ({ status }) => status === 404);
    });

    it('while the table is locked: from memory, without a wait', async () => {
      await showsEverywhere('/v1/home', (answer) => layerOf(answer) === 'memory');
      await withOwner(async (client) => {
        await client.query('BEGIN');
        await client.query('LOCK TABLE catalog.items IN ACCESS EXCLUSIVE MODE');
        for (let n = 0; n < 50; n++) expect((await read('/v1/home')).status).toBe(200);
        await client.query('ROLLBACK');
      });
    });
  });

  it('holds an address to its limit on memory hits too', async () => {
    const limited = await startBulwark({
      WEB_WORKERS: '1',
      BULWARK_ROLE: 'web',
      RATE_LIMIT_PER_ADDRESS: '1',
      RATE_LIMIT_PER_ADDRESS_BURST: '5',
    });
    try {
      const answers = [];
      for (let n = 0; n < 7; n++) answers.push(await limited.api.get('/v1/home'));
      expect(answers.slice(0, 5).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(answers[1]?.headers.get('cache-status')).toMatch(/^memory/);
      const refused = answers.find(({ status }) => status === 429);
      expect(refused).toMatchObject({ body: { code: 'rate_limited' } });
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await limited.stop();
    }
  });
});
