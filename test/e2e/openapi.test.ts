import { randomUUID } from 'node:crypto';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { freshStart } from '../support/fresh-start.js';
import { newStaff } from '../support/people.js';

interface Operation {
  operationId: string;
  summary?: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: object }> };
  'x-idempotency-exempt'?: string;
  responses: Record<
    string,
    { description: string; headers?: object; content?: Record<string, { schema?: object; examples?: object }> }
  >;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: Record<string, object>; description?: string }> };
}

/** Contract sections 2 to 6, as far as this build has it. */
const CONTRACT_ROUTES = [
  'get /v1/home',
  'get /v1/categories',
  'get /v1/items',
  'get /v1/items/{id}',
  'post /v1/items',
  'patch /v1/items/{id}',
  'delete /v1/items/{id}',
  'post /v1/accounts',
  'post /v1/sessions',
  'post /v1/sessions/refresh',
  'delete /v1/sessions/current',
  'get /v1/me',
  'patch /v1/me',
  'delete /v1/me',
  'put /v1/me/password',
  'post /v1/password-resets',
  'put /v1/password-resets/{token}',
  'post /v1/payments',
  'get /v1/payments',
  'get /v1/payments/{id}',
  'post /v1/payments/{id}/refunds',
  'post /v1/webhook-endpoints',
  'get /v1/webhook-endpoints',
  'get /v1/webhook-endpoints/{id}',
  'delete /v1/webhook-endpoints/{id}',
  'get /v1/dead-letters',
  'get /v1/ledger/trial-balance',
  'get /v1/reports/sales',
  'get /.well-known/jwks.json',
  'get /',
  'get /problems',
  'get /problems/{code}',
];

describe('the OpenAPI document', () => {
  let bulwark: Bulwark;
  let document: Document;
  let operations: [string, Operation][];

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark({ BULWARK_ROLE: 'web' });
    document = (await bulwark.api.get<Document>('/openapi.json')).body;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
    );
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  it('has every route of the contract', () => {
    const shape = (route: string): string => route.replaceAll(/\{[^}]+\}/g, '{}');
    const routes = new Set(operations.map(([route]) => shape(route)));
    expect(CONTRACT_ROUTES.filter((route) => !routes.has(shape(route)))).toEqual([]);
  });

  it('lists the event types that a webhook may have', () => {
    const { events } = document.components.schemas.RegisterWebhookEndpointDto?.properties ?? {};
    expect(events).toMatchObject({ items: { enum: ['payment.captured', 'payment.refunded'] } });
  });

  it('gives each operation an id of its own and a summary', () => {
    const ids = operations.map(([, operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(operations.filter(([, operation]) => !operation.summary).map(([route]) => route)).toEqual([]);
  });

  it('describes each success with a schema, and each body', () => {
    const gaps = operations.flatMap(([route, operation]) => {
      const success = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      const silent = success.filter(
        ([status, response]) =>
          status !== '204' && status !== '202' && !Object.values(response.content ?? {}).some((media) => media.schema),
      );
      const emptyBody = operation.requestBody && !operation.requestBody.content['application/json']?.schema;
      return success.length === 0 || silent.length > 0 || emptyBody ? [route] : [];
    });
    expect(gaps).toEqual([]);
  });

  it('describes errors as problems, each code with an example', () => {
    const gaps = operations.flatMap(([route, operation]) =>
      Object.entries(operation.responses)
        .filter(([status]) => status.startsWith('4') || status.startsWith('5'))
        .filter(
          ([, response]) => Object.keys(response.content?.['application/problem+json']?.examples ?? {}).length === 0,
        )
        .map(([status]) => `${route} ${status}`),
    );
    expect(gaps).toEqual([]);
  });

  it('asks for an idempotency key on every state-changing route but those that are exempt', () => {
    const withoutKey = operations
      .filter(([route]) => !route.startsWith('get '))
      .filter(
        ([, operation]) =>
          !operation.parameters?.some(
            (parameter) =>
              parameter.in === 'header' && parameter.name.toLowerCase() === 'idempotency-key' && parameter.required,
          ),
      )
      .map(([route]) => route);
    expect(withoutKey.toSorted()).toEqual([
      'delete /v1/sessions/current',
      'post /v1/provider-webhooks',
      'post /v1/sessions',
      'post /v1/sessions/refresh',
    ]);
    const exempt = operations
      .filter(([, operation]) => (operation['x-idempotency-exempt'] ?? '').length > 20)
      .map(([route]) => route);
    expect(exempt.toSorted()).toEqual(withoutKey.toSorted());
  });

  it('means it: each of them refuses a request without a key, before it looks at the body', async () => {
    const { token } = await newStaff(bulwark.api, 'merchandiser', 'finance', 'partner');
    const guarded = operations.filter(([, operation]) =>
      operation.parameters?.some((parameter) => parameter.name === 'Idempotency-Key'),
    );
    for (const [route] of guarded) {
      const [method = '', path = ''] = route.split(' ');
      const answer = await bulwark.api.send<{ code: string; type: string }>(
        method.toUpperCase(),
        path.replaceAll(/\{[^}]+\}/g, randomUUID()),
        method === 'delete' ? undefined : {},
        { token, key: null },
      );
      expect({ route, status: answer.status, code: answer.body.code, type: answer.body.type }).toEqual({
        route,
        status: 400,
        code: 'idempotency_key_missing',
        type: '/problems/idempotency_key_missing',
      });
    }
  });

  it('tells how a replay is recognised, on every idempotent route', () => {
    const idempotent = operations.filter(([, operation]) =>
      operation.parameters?.some((parameter) => parameter.name === 'Idempotency-Key'),
    );
    expect(idempotent.length).toBeGreaterThan(5);
    for (const [route, { responses }] of idempotent) {
      for (const [status, response] of Object.entries(responses).filter(([code]) => code.startsWith('2')))
        expect({ route, status, headers: Object.keys(response.headers ?? {}) }).toEqual({
          route,
          status,
          headers: expect.arrayContaining(['Idempotency-Replayed', 'X-Request-Id']) as string[],
        });
    }
  });

  it('leaves no reference without its schema', () => {
    const references = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      (match) => match[1] ?? '',
    );
    expect([...new Set(references)].filter((name) => !document.components.schemas[name])).toEqual([]);
  });

  it('has properties in every schema: the compiler plugin saw the DTOs', () => {
    const empty = Object.entries(document.components.schemas).filter(
      ([, schema]) => Object.keys(schema.properties ?? {}).length === 0,
    );
    expect(empty.map(([name]) => name)).toEqual([]);
    expect(Object.keys(document.components.schemas).length).toBeGreaterThan(15);
  });

  it('is shown at /docs without anything from elsewhere', async () => {
    const page = await bulwark.api.get<string>('/docs');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    for (const match of page.text.matchAll(/src="\.?\/?([^"]+\.js)"/g)) {
      const path = match[1] ?? '';
      expect((await bulwark.api.get(path.startsWith('docs') ? `/${path}` : `/docs/${path}`)).status).toBe(200);
    }
  });
});
