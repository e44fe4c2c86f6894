import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiAnswer, ApiClient } from '../support/api-client.js';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { startEdge, type Edge } from '../support/edge.js';
import { freshStart } from '../support/fresh-start.js';
import { ROOT } from '../support/source-files.js';

interface FrontPage {
  name: string;
  version: string;
  links: Record<string, string>;
}

interface Problem {
  type: string;
  code: string;
  title: string;
  status: number;
  repair: string;
  retry: boolean;
}

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

describe('the front door', () => {
  let bulwark: Bulwark;
  let edge: Edge;
  let ways: [string, ApiClient][];

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark({ BULWARK_ROLE: 'web' });
    edge = await startEdge(bulwark.url);
    ways = [
      ['the application', bulwark.api],
      ['the edge', edge.api],
    ];
  });

  afterAll(async () => {
    await edge?.stop();
    await bulwark?.stop();
  });

  /** The same answer by both ways. */
  async function both<T>(path: string, headers: Record<string, string> = {}): Promise<ApiAnswer<T>> {
    const answers = await Promise.all(ways.map(([, api]) => api.get<T>(path, { headers })));
    const [origin, passed] = answers;
    expect({ status: passed?.status, text: passed?.text }).toEqual({ status: origin?.status, text: origin?.text });
    for (const name of ['content-type', 'etag', 'vary', 'cache-control', 'content-security-policy'])
      expect({ name, value: passed?.headers.get(name) }).toEqual({ name, value: origin?.headers.get(name) });
    return origin as ApiAnswer<T>;
  }

  it('says what this is, and every address that it names answers', async () => {
    const { status, body, headers } = await both<FrontPage>('/');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toMatchObject({ name: 'Bulwark', version });
    expect(Object.keys(body.links)).toEqual(expect.arrayContaining(['openapi', 'docs', 'problems']));
    for (const link of Object.values(body.links))
      for (const [way, api] of ways)
        expect({ way, link, status: (await api.get(link)).status }).toEqual({ way, link, status: 200 });
  });

  it('shows a browser a page that runs and loads nothing, with the same links', async () => {
    const { body } = await both<FrontPage>('/');
    const page = await both<string>('/', BROWSER);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
    expect(page.text).toContain(version);
    expect(page.text).not.toMatch(/<script|javascript:|\bon\w+=/i);
    const hrefs = [...page.text.matchAll(/href="([^"]+)"/g)].map((match) => match[1]);
    expect(hrefs.toSorted()).toEqual(Object.values(body.links).toSorted());
  });

  it.each(['/', '/problems', '/problems/not_found'])('%s answers each Accept in its own form', async (path) => {
    const forms: [string, string | undefined][] = [
      ['*/*', 'application/json; charset=utf-8'],
      ['application/json', 'application/json; charset=utf-8'],
      ['text/html;q=0, */*', 'application/json; charset=utf-8'],
      ['application/json;q=0, */*', 'text/html; charset=utf-8'],
      ['text/*', 'text/html; charset=utf-8'],
      ['image/png', undefined],
      ['application/json;q=0, text/html;q=0', undefined],
    ];
    for (const [accept, type] of forms) {
      const answer = await both<{ code?: string }>(path, { accept });
      const expected = type === undefined ? [406, 'application/problem+json; charset=utf-8'] : [200, type];
      expect({ accept, answer: [answer.status, answer.headers.get('content-type')] }).toEqual({
        accept,
        answer: expected,
      });
      expect({ accept, vary: answer.headers.get('vary') }).toEqual({ accept, vary: 'Accept' });
      if (type === undefined) expect(answer.body.code).toBe('not_acceptable');
    }
  });

  it.each(['/', '/problems', '/problems/not_found'])('%s is revalidated form by form', async (path) => {
    const [json, html] = [await both(path), await both(path, BROWSER)];
    const [jsonTag, htmlTag] = [json.headers.get('etag') ?? '', html.headers.get('etag') ?? ''];
    expect(jsonTag).not.toBe(htmlTag);
    const known = await both(path, { 'if-none-match': jsonTag });
    expect({ status: known.status, text: known.text, etag: known.headers.get('etag') }).toEqual({
      status: 304,
      text: '',
      etag: jsonTag,
    });
    expect(known.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
    expect((await both(path, { ...BROWSER, 'if-none-match': htmlTag })).status).toBe(304);
    expect((await both(path, { ...BROWSER, 'if-none-match': jsonTag })).status).toBe(200);
  });

  it.each(['/', '/problems', '/problems/not_found'])(
    '%s answers HEAD as GET, and refuses to be changed',
    async (path) => {
      for (const [way, api] of ways) {
        for (const headers of [{}, BROWSER]) {
          const [get, head] = [await api.get(path, { headers }), await api.send('HEAD', path, undefined, { headers })];
          expect({ way, status: head.status, text: head.text }).toEqual({ way, status: 200, text: '' });
          for (const name of ['content-type', 'etag', 'vary', 'cache-control', 'content-security-policy'])
            expect({ way, name, value: head.headers.get(name) }).toEqual({ way, name, value: get.headers.get(name) });
        }
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
          const { status, headers, body } = await api.send<Problem>(method, path, {}, {});
          expect({ way, method, status, code: body.code, allow: headers.get('allow') }).toEqual({
            way,
            method,
            status: 405,
            code: 'method_not_allowed',
            allow: 'GET, HEAD',
          });
        }
      }
    },
  );

  it('lists every problem that this build defines, and describes each at its own address', async () => {
    const { body } = await both<{ data: Problem[] }>('/problems');
    const codes = body.data.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.toSorted()).toEqual(await definedCodes());
    for (const problem of body.data) {
      expect(problem.type).toBe(`/problems/${problem.code}`);
      expect((await bulwark.api.get<Problem>(problem.type)).body).toEqual(problem);
    }
  });

  it('shows people the same list, each with a link to its own page', async () => {
    const { body } = await both<{ data: Problem[] }>('/problems');
    const { text } = await both<string>('/problems', BROWSER);
    for (const { type, code, status } of body.data)
      expect(text).toContain(`<a href="${type}">${code}</a></td><td>${status}</td>`);
    const page = await both<string>('/problems/price_changed', BROWSER);
    expect(page.text).toContain('<code>price_changed</code>, status 409');
    expect(page.text).toContain('<code>lines</code>');
  });

  it.each([
    '/problems/unheard_of',
    '/problems/Not_Found',
    '/problems/%3Cscript%3E',
    '/problems/__proto__',
    '/problems/',
  ])('%s is no problem: 404, whatever form is preferred', async (path) => {
    for (const headers of [{}, BROWSER]) {
      const { status, body, text } = await both<Problem>(path, headers);
      expect({ path, status, code: body.code }).toEqual({ path, status: 404, code: 'not_found' });
      expect(text).not.toContain('<script>');
    }
  });

  it('is linked by a refusal that a client has just met', async () => {
    const refused = await bulwark.api.post<Problem>('/v1/payments', {});
    const described = await bulwark.api.get<Problem>(refused.body.type);
    expect(described.body).toMatchObject({ code: refused.body.code, status: refused.status });
  });
});

/** The codes of the catalogue as the built application defines them. */
async function definedCodes(): Promise<string[]> {
  const { allProblems } = await import('../../src/platform/problems/index.js');
  await import('../../src/app.module.js');
  return [...allProblems().keys()].toSorted();
}
