import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { membersOf } from '../../src/launcher/machine/process-group.js';
import { ApiClient, type ApiAnswer } from '../support/api-client.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { EDGE_SOURCE_ADDRESS, startEdge, type Edge } from '../support/edge.js';
import { eventually } from '../support/eventually.js';
import { freshStartWithCatalog } from '../support/fresh-start.js';
import { sendFrom } from '../support/from-address.js';
import { newCustomer, newStaff, type Person } from '../support/people.js';
import { ROOT } from '../support/source-files.js';

const MIB = 1_048_576;
const UP_MAX_MS = 60_000;
/** A request id that the edge made: the start, the connection, the request on it. */
const OWN_ID = /^[0-9a-f]{16}-\d+-\d+$/;
const IDENTITY = { headers: { 'accept-encoding': 'identity' } };

/** What the edge itself says about an answer: the last member of Cache-Status. */
const edgeMember = ({ headers }: { headers: Headers }): string =>
  (headers.get('cache-status') ?? '').split(', ').at(-1) ?? '';

/** Requests that the application has answered so far, by the labels of their count. */
async function answeredBy({ opsUrl }: Bulwark, counts: (labels: string) => boolean): Promise<number> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text();
  const rows = [...text.matchAll(/^bulwark_http_requests_total\{([^}]*)\} (\d+)/gm)];
  return rows.filter((row) => counts(row[1] ?? '')).reduce((sum, row) => sum + Number(row[2]), 0);
}

/**
 * Processes report their counts at an interval. No other request here is answered 405: when that one is counted, all
 * before it are.
 */
async function allCounted(bulwark: Bulwark): Promise<void> {
  const isFence = (labels: string): boolean => labels.includes('status="405"');
  const before = await answeredBy(bulwark, isFence);
  await bulwark.api.delete('/v1/home');
  await eventually(async () => (await answeredBy(bulwark, isFence)) > before);
}

/** How many requests reached the application while something was done. */
async function reached(bulwark: Bulwark, work: () => Promise<unknown>): Promise<number> {
  const others = (labels: string): boolean => !labels.includes('status="405"');
  await allCounted(bulwark);
  const before = await answeredBy(bulwark, others);
  await work();
  await allCounted(bulwark);
  return (await answeredBy(bulwark, others)) - before;
}

/** Sends bytes as they are, and answers what came back until the connection closed or nothing more came. */
function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
    socket.write(bytes);
  });
}

describe('the edge', () => {
  let bulwark: Bulwark;
  let edge: Edge;
  let staff: Person;

  beforeAll(async () => {
    await freshStartWithCatalog();
    bulwark = await startBulwark({ BULWARK_ROLE: 'web', TRUSTED_PROXIES: EDGE_SOURCE_ADDRESS });
    edge = await startEdge(bulwark.url);
    staff = await newStaff(bulwark.api, 'merchandiser');
  });

  afterAll(async () => {
    await edge?.stop();
    await bulwark?.stop();
  });

  const stored = async (path: string): Promise<ApiAnswer> =>
    eventually(async () => {
      const answer = await edge.api.get(path, IDENTITY);
      return edgeMember(answer) === 'edge; hit' && answer;
    });

  describe('with a public read', () => {
    it('asks the application once and then answers by itself, with its age and its place in the chain', async () => {
      const first = await edge.api.get('/v1/categories?limit=3', IDENTITY);
      expect(first.status).toBe(200);
      expect(edgeMember(first)).toBe('edge; fwd=uri-miss; stored');
      expect(first.headers.has('age')).toBe(false);
      const second = await edge.api.get('/v1/categories?limit=3', IDENTITY);
      expect(second.headers.get('cache-status')).toBe(
        first.headers.get('cache-status')?.replace('edge; fwd=uri-miss; stored', 'edge; hit'),
      );
      expect(second.headers.get('age')).toMatch(/^\d{1,2}$/);
      expect(second.text).toBe(first.text);
      for (const name of ['etag', 'cache-control', 'date', 'content-security-policy'])
        expect(second.headers.get(name)).toBe(first.headers.get(name));
    });

    it('gives each answer an id of its own, and keeps the one of the caller', async () => {
      const [one, other] = [await stored('/v1/categories?limit=4'), await stored('/v1/categories?limit=4')];
      expect(one.headers.get('x-request-id')).not.toBe(other.headers.get('x-request-id'));
      expect(one.headers.get('x-request-id')).toMatch(OWN_ID);
      expect(
        (await edge.api.get('/v1/categories?limit=4', { headers: { 'x-request-id': 'my-own.id' } })).headers.get(
          'x-request-id',
        ),
      ).toBe('my-own.id');
      expect(
        (await edge.api.get('/v1/categories?limit=4', { headers: { 'x-request-id': 'not sane' } })).headers.get(
          'x-request-id',
        ),
      ).toMatch(OWN_ID);
    });

    it('says 304 to who has it already, and answers HEAD from the same copy', async () => {
      const { headers } = await stored('/v1/categories?limit=5');
      const repeated = await edge.api.get('/v1/categories?limit=5', {
        headers: { ...IDENTITY.headers, 'if-none-match': headers.get('etag') ?? '' },
      });
      expect([repeated.status, repeated.text, edgeMember(repeated)]).toEqual([304, '', 'edge; hit']);
      const head = await fetch(`${edge.url}/v1/categories?limit=5`, { method: 'HEAD', ...IDENTITY });
      expect([head.status, edgeMember(head), head.headers.get('etag')]).toEqual([
        200,
        'edge; hit',
        headers.get('etag'),
      ]);
    });

    it('answers all callers from one copy, also those with a session', async () => {
      await stored('/v1/categories?limit=6');
      const named = await edge.api.get('/v1/categories?limit=6', {
        token: staff.token,
        headers: { ...IDENTITY.headers, cookie: 'a=b' },
      });
      expect([named.status, edgeMember(named)]).toEqual([200, 'edge; hit']);
    });

    it('keeps a compressed copy beside the plain one, with a weak tag that its application takes back', async () => {
      const plain = await edge.api.get<{ data: { id: string }[] }>('/v1/items?limit=20', IDENTITY);
      const packed = await edge.api.get('/v1/items?limit=20', { headers: { 'accept-encoding': 'gzip' } });
      expect([packed.headers.get('content-encoding'), packed.headers.get('vary'), plain.headers.get('vary')]).toEqual([
        'gzip',
        'Accept-Encoding',
        'Accept-Encoding',
      ]);
      expect([plain.headers.get('etag')?.slice(0, 1), packed.headers.get('etag')?.slice(0, 3)]).toEqual(['"', 'W/"']);
      const path = `/v1/items/${plain.body.data[0]?.id}`;
      const tag = (await edge.api.get(path, IDENTITY)).headers.get('etag') ?? '';
      const changed = await edge.api.patch(
        path,
        { title: 'Changed through the edge' },
        { token: staff.token, headers: { 'if-match': `W/${tag}` } },
      );
      expect([changed.status, edgeMember(changed)]).toEqual([200, 'edge; fwd=method']);
    });

    it('sends a hundred callers of a new key to the application as one', async () => {
      // Categories stay fresh for longer than any test waits here, so that no refresh comes between.
      const path = '/v1/categories?limit=7';
      const calls = () => Promise.all(Array.from({ length: 100 }, () => edge.api.get(path, IDENTITY)));
      let answers: ApiAnswer[] = [];
      const requests = await reached(bulwark, async () => {
        answers = await calls();
      });
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(answers.filter((answer) => edgeMember(answer).startsWith('edge; fwd=uri-miss')).length).toBe(1);
      expect(requests).toBe(1);
    });

    it('shows a change within the bound of the field, and nothing of an item that is gone', async () => {
      const draft = { sku: `edge-${randomUUID()}`, title: 'Before', price: { amount: 100, currency: 'EUR' }, stock: 5 };
      const {
        body: { id },
      } = await edge.api.post<{ id: string }>('/v1/items', draft, { token: staff.token });
      const title = async () => (await edge.api.get<{ title: string }>(`/v1/items/${id}`)).body.title;
      await eventually(async () => (await title()) === 'Before');
      await edge.api.patch(`/v1/items/${id}`, { title: 'After' }, { token: staff.token });
      await eventually(async () => (await title()) === 'After');
      await edge.api.delete(`/v1/items/${id}`, { token: staff.token });
      const gone = await eventually(async () => {
        const answer = await edge.api.get(`/v1/items/${id}`);
        return answer.status === 404 && answer;
      });
      expect([gone.body.code, gone.headers.get('cache-control'), edgeMember(gone).includes('hit')]).toEqual([
        'not_found',
        'no-store',
        false,
      ]);
    });

    it.each(['/v1//categories', '/v1/./categories', '/v1/categorie%73', '/v1/items/../categories'])(
      'keeps nothing under the odd spelling %s',
      async (path) => {
        const ask = () => sendRaw(edge.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        expect([await ask(), await ask()].filter((answer) => /edge; (hit|.*stored)/.test(answer))).toEqual([]);
      },
    );
  });

  it('shows staff their writes at once, by a token in header or cookie, and all others its copy', async () => {
    const [item] = (await edge.api.get<{ data: { id: string }[] }>('/v1/items?limit=1', IDENTITY)).body.data;
    const path = `/v1/items/${item?.id}`;
    await stored(path);
    for (const asHeaders of [
      (token: string) => ({ 'consistency-token': token }),
      (token: string) => ({ cookie: `bulwark_consistency=${token}` }),
    ]) {
      const title = randomUUID();
      const token =
        (await edge.api.patch(path, { title }, { token: staff.token })).headers.get('consistency-token') ?? '';
      const own = await edge.api.get<{ title: string }>(path, {
        headers: { ...IDENTITY.headers, ...asHeaders(token) },
      });
      expect([own.body.title, edgeMember(own).startsWith('edge; fwd=bypass')]).toEqual([title, true]);
    }
    const customer = await newCustomer(edge.api);
    const renamed = await edge.api.patch('/v1/me', { displayName: 'Ada' }, { token: customer.token });
    await stored(path);
    const theirs = await edge.api.get(path, {
      headers: { ...IDENTITY.headers, 'consistency-token': renamed.headers.get('consistency-token') ?? '' },
    });
    expect(edgeMember(theirs)).toMatch(/^edge; hit/);
  });

  describe('with what is not a public read', () => {
    it('keeps nothing that is personal', async () => {
      const [one, other] = [await newCustomer(edge.api), await newCustomer(edge.api)];
      for (const person of [one, other, one]) {
        const me = await edge.api.get('/v1/me', { token: person.token });
        expect([me.status, me.body.id, me.headers.get('cache-control'), edgeMember(me), me.headers.has('age')]).toEqual(
          [200, person.accountId, 'private, no-store', 'edge; fwd=bypass', false],
        );
      }
      expect((await edge.api.get('/v1/me')).status).toBe(401);
    });

    it('keeps nothing of a problem', async () => {
      for (let time = 0; time < 2; time++) {
        const answer = await edge.api.get('/v1/items?limit=0');
        expect([answer.status, edgeMember(answer)]).toEqual([400, 'edge; fwd=uri-miss']);
      }
    });

    it('refuses a body over 1 MiB in the words of the application', async () => {
      const body = { email: 'x'.repeat(MIB) };
      const [here, there] = [await edge.api.post('/v1/accounts', body), await bulwark.api.post('/v1/accounts', body)];
      expect([here.status, here.headers.get('content-type'), here.headers.get('cache-control')]).toEqual([
        413,
        there.headers.get('content-type'),
        'no-store',
      ]);
      expect({ ...here.body, instance: '' }).toEqual({ ...there.body, instance: '' });
      expect(here.headers.get('x-request-id')).toMatch(OWN_ID);
    });

    it.each([
      ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked', '400'],
      ['chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 5', '400'],
      ['two lengths', 'Content-Length: 5\r\nContent-Length: 6', '400'],
      ['a signed length', 'Content-Length: +5', '400'],
      ['a blank before the colon', 'Transfer-Encoding : chunked', '400'],
      ['a folded line', 'X-Folded: a\r\n b', '400'],
      ['an unknown coding', 'Transfer-Encoding: xchunked', '501'],
      ['a vertical tab in the coding', 'Transfer-Encoding: \x0bchunked', '501'],
    ])('lets no client hide a request behind %s', async (_, lines, status) => {
      let answer = '';
      const hidden = 'GET /v1/hidden HTTP/1.1\r\nHost: a\r\n\r\n';
      const requests = await reached(bulwark, async () => {
        answer = await sendRaw(
          edge.port,
          `POST /v1/sessions HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n0\r\n\r\n${hidden}`,
        );
      });
      expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual([`HTTP/1.1 ${status}`]);
      expect(answer).toContain('application/problem+json');
      expect(requests).toBe(0);
    });

    it('has the application limit the address of the connection, whatever the headers say', async () => {
      const strict = await startBulwark({
        BULWARK_ROLE: 'web',
        TRUSTED_PROXIES: EDGE_SOURCE_ADDRESS,
        RATE_LIMIT_PER_ADDRESS: '1',
        RATE_LIMIT_PER_ADDRESS_BURST: '3',
      });
      const front = await startEdge(strict.url);
      try {
        const lie = (number: number) => ({
          'x-forwarded-for': `10.0.0.${number}`,
          forwarded: `for=10.0.0.${number}`,
          'x-real-ip': `10.0.0.${number}`,
          'true-client-ip': `10.0.0.${number}`,
          'cf-connecting-ip': `10.0.0.${number}`,
        });
        const from = async (address: string, number: number) =>
          (await sendFrom(address, `${front.url}/v1/me`, { headers: lie(number) })).status;
        const statuses = await Promise.all(Array.from({ length: 20 }, (_, number) => from('127.0.0.1', number)));
        expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(15);
        expect(await from('127.9.8.7', 1)).toBe(401);
      } finally {
        await front.stop();
        await strict.stop();
      }
    });
  });
});

describe('the edge when the application is gone', () => {
  it('serves its copies, marked, and else 503; leaves no process behind when its launcher is killed', async () => {
    const bulwark = await startBulwark({ BULWARK_ROLE: 'web', TRUSTED_PROXIES: EDGE_SOURCE_ADDRESS });
    const edge = await startEdge(bulwark.url);
    try {
      const before = await eventually(async () => {
        const answer = await edge.api.get('/v1/home', IDENTITY);
        return edgeMember(answer).includes('hit') && answer;
      });
      await bulwark.kill();
      const stale = await eventually(async () => {
        const answer = await edge.api.get('/v1/home', IDENTITY);
        return Number(answer.headers.get('age')) >= 4 && answer;
      });
      expect([stale.status, edgeMember(stale), JSON.stringify(stale.body.sections)]).toEqual([
        200,
        'edge; hit; detail=stale',
        JSON.stringify(before.body.sections),
      ]);
      for (const answer of [
        await edge.api.get('/v1/me', { token: 'x' }),
        await edge.api.post('/v1/sessions', {}),
        await edge.api.get('/v1/items?limit=9'),
      ]) {
        expect([
          answer.status,
          answer.headers.get('content-type'),
          answer.headers.get('retry-after'),
          answer.body.code,
        ]).toEqual([503, 'application/problem+json; charset=utf-8', '1', 'unavailable']);
      }
      expect(membersOf(edge.pid).length).toBeGreaterThan(1);
      await edge.stop('SIGKILL');
      await eventually(() => membersOf(edge.pid).length === 0);
    } finally {
      await edge.stop();
      await bulwark.stop();
    }
  });
});

describe('npm run up -- --edge', () => {
  it(
    'names the edge, brings it back when it dies, and leaves no process of it when its supervisor is killed',
    async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'bulwark-up-edge-'));
      const { BULWARK_TEST_SERVICES: _services, ...environment } = process.env;
      const up = spawn(process.execPath, ['dist/src/launcher/up.js', '--edge'], {
        cwd: ROOT,
        stdio: 'ignore',
        env: { ...environment, BULWARK_DATA_DIR: dataDir, EDGE_PORT: '0' },
      });
      const runFile = () =>
        JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as { edge: string; pids: { edge: number | null } };
      try {
        const { edge, pids } = await eventually(() => existsSync(join(dataDir, 'run.json')) && runFile(), UP_MAX_MS);
        const api = new ApiClient(edge);
        expect(await eventually(async () => (await api.get('/v1/home')).headers.get('cache-status'))).toContain(
          'edge; ',
        );
        process.kill(pids.edge ?? 0, 'SIGKILL');
        const next = await eventually(() => {
          const pid = runFile().pids.edge;
          return pid !== null && pid !== pids.edge && pid;
        });
        expect((await api.get('/v1/home')).status).toBe(200);
        expect(membersOf(pids.edge ?? 0)).toEqual([]);
        up.kill('SIGKILL');
        await eventually(() => membersOf(next).length === 0);
      } finally {
        up.kill('SIGKILL');
        await eventually(() => !existsSync(join(dataDir, 'run.json')));
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
    2 * UP_MAX_MS,
  );
});
