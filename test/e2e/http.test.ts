import { connect } from 'node:net';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { freshStart } from '../support/fresh-start.js';
import { newCustomer, type Person } from '../support/people.js';

describe('the HTTP surface', () => {
  let bulwark: Bulwark;
  let customer: Person;

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark();
    customer = await newCustomer(bulwark.api);
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  const account = (body: unknown, headers: Record<string, string> = {}) =>
    bulwark.api.post('/v1/accounts', body, { headers });

  describe('every answer', () => {
    it('carries a request id, a sane one of the client kept', async () => {
      const own = await bulwark.api.get('/v1/categories', { headers: { 'x-request-id': 'client-id-1' } });
      const made = await bulwark.api.get('/v1/categories', { headers: { 'x-request-id': 'not sane at all' } });
      expect(own.headers.get('x-request-id')).toBe('client-id-1');
      expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    });

    it.each(['/v1/categories', '/v1/nowhere', '/openapi.json'])('of %s carries the security headers', async (path) => {
      const { headers } = await bulwark.api.get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('strict-transport-security')).toContain('max-age=');
      expect(headers.get('x-powered-by')).toBeNull();
    });

    it('is not stored anywhere when it is personal', async () => {
      const { headers } = await bulwark.api.get('/v1/me', { token: customer.token });
      expect(headers.get('cache-control')).toBe('private, no-store');
    });
  });

  describe('problems', () => {
    it('are RFC 9457 with a stable code and a page of their own', async () => {
      const answer = await bulwark.api.get<{ type: string; code: string; status: number; instance: string }>(
        '/v1/nowhere?token=secret',
      );
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body).toMatchObject({ code: 'not_found', status: 404, instance: '/v1/nowhere' });
      expect(await bulwark.api.get(answer.body.type)).toMatchObject({
        status: 200,
        body: { code: 'not_found', status: 404 },
      });
    });

    it('tell a wrong method from a wrong address, with Allow', async () => {
      const answer = await bulwark.api.send('PUT', '/v1/items', {}, {});
      expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
      expect(answer.headers.get('allow')).toContain('GET');
      expect(answer.headers.get('allow')).toContain('POST');
    });
  });

  describe('bodies', () => {
    it.each([
      ['malformed JSON', '{"email":', 400, 'malformed_json'],
      ['an empty body', '', 400, undefined],
      ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 400, 'malformed_json'],
      ['a prototype key', '{"__proto__":{"roles":["finance"]}}', 400, 'validation_failed'],
      ['a NUL character', String.raw`{"displayName":"a\u0000b"}`, 400, 'validation_failed'],
      ['100,000 levels', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, 'validation_failed'],
      ['an array instead of an object', '[]', 400, 'validation_failed'],
      ['a number instead of an object', '5', 400, 'validation_failed'],
      ['null', 'null', 400, 'validation_failed'],
      ['more than 1 MiB', `{"displayName":"${'x'.repeat(1_048_577)}"}`, 413, 'payload_too_large'],
    ])('%s is refused', async (_what, body, status, code) => {
      const answer = await account(body);
      expect(answer.status).toBe(status);
      if (code) expect(answer.body.code).toBe(code);
    });

    it('of another media type are refused', async () => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
        expect(await account('a=b', { 'content-type': type })).toMatchObject({
          status: 415,
          body: { code: 'unsupported_media_type' },
        });
      }
    });

    it('that are compressed are refused before they unfold', async () => {
      expect(await account('{}', { 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
    });

    it('with unknown fields are refused by pointer', async () => {
      const answer = await account({
        email: 'a@example.com',
        password: 'long enough password',
        displayName: 'A',
        isAdmin: true,
      });
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'validation_failed', errors: [{ pointer: '/isAdmin' }] },
      });
    });

    it('leave later requests unpolluted', async () => {
      await account('{"constructor":{"prototype":{"roles":["finance"]}}}');
      expect(await bulwark.api.get('/v1/ledger/trial-balance', { token: customer.token })).toMatchObject({
        status: 403,
      });
    });
  });

  describe('queries and paths', () => {
    it.each([
      '/v1/items?__proto__[x]=1',
      '/v1/items?constructor.prototype=1',
      '/v1/items?q=%00',
      '/v1/items?unknown=1',
      '/v1/items?limit=abc',
      '/v1/items?limit=0',
      '/v1/items?limit=101',
      '/v1/items?limit=1e1000',
      '/v1/items?sort=price;drop',
      '/v1/items?cursor=nonsense',
    ])('%s is refused', async (path) => {
      expect(await bulwark.api.get(path)).toMatchObject({
        status: 400,
        body: { code: expect.stringMatching(/validation_failed|bad_request/) as string },
      });
    });

    it.each([
      '/v1/items/%ff',
      '/v1/items/%',
      `/v1/items/${'a'.repeat(5_000)}`,
      '/v1/items/%00',
      "/v1/items/';drop table items--",
      '/v1/items/..%2f..%2fetc%2fpasswd',
    ])('%s is a clear 4xx', async (path) => {
      const { status } = await bulwark.api.get(path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    });
  });

  describe('raw sockets', () => {
    const raw = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(bulwark.url);
        const socket = connect(Number(port), hostname);
        let answer = '';
        socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
        socket.on('close', () => resolve(answer));
        socket.on('error', reject);
        socket.write(text);
      });

    it.each([
      [
        'Content-Length and Transfer-Encoding',
        'POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ],
      [
        'two Content-Lengths',
        'POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
      ],
      ['a signed Content-Length', 'POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello'],
      ['a header without end', `GET /v1/items HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`],
      [
        '10,000 headers',
        'GET /v1/items HTTP/1.1\r\nHost: ' +
          `a\r\n${Array.from({ length: 10_000 }, (_, n) => `X-${n}: 1\r\n`).join('')}\r\n`,
      ],
    ])('%s: refused, and the connection is closed', async (_what, text) => {
      const answer = await raw(text);
      expect(answer).toMatch(/^HTTP\/1\.1 4(00|31) /);
      expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    });
  });

  describe('the operators’ surface', () => {
    it.each(['/metrics', '/health/live', '/health/ready', '/ops', '/admin', '/queues'])(
      '%s is not on the public port',
      async (path) => {
        expect((await bulwark.api.get(path)).status).toBe(404);
      },
    );

    it('tells each dependency apart on its own port', async () => {
      const answer = await fetch(`${bulwark.opsUrl}/health/ready`);
      const body = (await answer.json()) as { status: string; dependencies: Record<string, { status: string }> };
      expect(answer.status).toBe(200);
      expect(Object.keys(body.dependencies)).toEqual(
        expect.arrayContaining(['postgres-primary', 'postgres-replica', 'redis', 'mail', 'payment-provider']),
      );
    });

    it('shows the metrics that the contract names, over all processes', async () => {
      const text = await (await fetch(`${bulwark.opsUrl}/metrics`)).text();
      expect(text).toMatch(/bulwark_http_requests_total\{module="account",kind="write",status="201"\} [1-9]/);
      for (const name of [
        'bulwark_http_request_duration_seconds',
        'bulwark_db_queries_total',
        'bulwark_db_pool_connections',
        'bulwark_db_pool_saturation_ratio',
        'bulwark_replica_lag_seconds',
        'bulwark_idempotency_total',
        'bulwark_outbox_pending',
        'bulwark_outbox_oldest_seconds',
        'bulwark_login_attempts_total',
      ]) {
        expect(text).toContain(`# TYPE ${name} `);
      }
    });
  });
});
