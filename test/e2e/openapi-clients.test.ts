import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBulwark, type Bulwark } from '../support/bulwark.js';
import { freshStart } from '../support/fresh-start.js';
import { ROOT } from '../support/source-files.js';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
}

interface Operation {
  operationId: string;
  parameters?: Parameter[];
  responses: Record<string, { headers?: Record<string, object> }>;
  callbacks?: Record<string, Record<string, { post: object }>>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  tags: { name: string; description: string }[];
  externalDocs: { url: string };
  components: { schemas: Record<string, object> };
}

/** What a program says that is written against the generated types; a line that must not compile says so. */
const PROGRAM = `
import type { components, operations } from './client.js';

type HeadersOf<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['header']>;

// Every header of a read is optional, and a write has to give its key alone.
export const read: HeadersOf<'listItems'> = {};
export const change: HeadersOf<'changeItem'> = { 'Idempotency-Key': 'key' };
// @ts-expect-error: a write without its key is none.
export const keyless: HeadersOf<'changeItem'> = {};

export function receive(message: components['schemas']['PaymentCapturedMessage']): number {
  return message.type === 'payment.captured' ? message.data.amount.amount : 0;
}
export const page: components['schemas']['ItemPageDto'] = { data: [], nextCursor: null };
// @ts-expect-error: the cursor may be null, not absent.
export const torn: components['schemas']['ItemPageDto'] = { data: [] };
`;

describe('the OpenAPI document, to the programs that read it', () => {
  let bulwark: Bulwark;
  let text: string;
  let document: Document;
  let operations: [string, Operation][];

  beforeAll(async () => {
    await freshStart();
    bulwark = await startBulwark({ BULWARK_ROLE: 'web' });
    ({ text, body: document } = await bulwark.api.get<Document>('/openapi.json'));
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
    );
  });

  afterAll(async () => {
    await bulwark?.stop();
  });

  /** Runs a script of its own process, since its packages are no CommonJS; the document is its input. */
  const feed = (script: string, input = text): string =>
    execFileSync(process.execPath, [join(ROOT, 'test/support/openapi', script)], {
      cwd: ROOT,
      encoding: 'utf8',
      input,
      maxBuffer: 64 * 1_048_576,
    });

  it('passes the recommended rules of a linter, and that linter does find faults', () => {
    // The license has no public address.
    const found = JSON.parse(feed('lint.mjs')) as { ruleId: string }[];
    expect(found.filter(({ ruleId }) => ruleId !== 'info-license-strict')).toEqual([]);
    const spoilt = { ...document, paths: { ...document.paths, '/v1/home': { get: { summary: 'Nothing else.' } } } };
    expect(JSON.parse(feed('lint.mjs', JSON.stringify(spoilt)))).toEqual(
      expect.arrayContaining([expect.objectContaining({ severity: 'error' })]),
    );
  });

  it('gives a typed client that compiles, and in which an optional header is optional', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-client-'));
    try {
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(join(folder, 'client.d.ts'), feed('client-types.mjs'));
      writeFileSync(join(folder, 'program.ts'), PROGRAM);
      const { stdout, status } = spawnSync(
        process.execPath,
        [
          join(ROOT, 'node_modules/typescript/bin/tsc'),
          '--strict',
          '--noEmit',
          '--exactOptionalPropertyTypes',
          '--module',
          'nodenext',
          join(folder, 'program.ts'),
          join(folder, 'client.d.ts'),
        ],
        { cwd: folder, encoding: 'utf8' },
      );
      expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('gives every operation its 429 and 503, which say when to come back', () => {
    for (const [route, { responses }] of operations) {
      const headersOf = (status: string): string[] => Object.keys(responses[status]?.headers ?? {}).toSorted();
      expect({ route, 429: headersOf('429'), 503: headersOf('503') }).toEqual({
        route,
        429: ['RateLimit', 'RateLimit-Policy', 'Retry-After'],
        503: ['Retry-After'],
      });
    }
  });

  it('names no parameter twice, however it is written', () => {
    for (const [route, { parameters = [] }] of operations) {
      const names = parameters.map(({ name, in: place }) => `${place} ${name.toLowerCase()}`);
      expect({ route, names }).toEqual({ route, names: [...new Set(names)] });
    }
  });

  it('makes no header mandatory but the key of a write and the signature of an event', () => {
    const mandatory = operations.flatMap(([, { parameters = [] }]) =>
      parameters.filter((parameter) => parameter.in === 'header' && parameter.required).map(({ name }) => name),
    );
    expect([...new Set(mandatory)].toSorted()).toEqual(['Idempotency-Key', 'Stripe-Signature']);
  });

  it('gives each schema and each operation a name of its own, whatever the capitals', () => {
    const names = [
      ...Object.keys(document.components.schemas),
      ...operations.map(([, { operationId }]) => operationId),
    ].map((name) => name.toLowerCase());
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it('shows the message of each event type that a webhook may have', () => {
    const { callbacks = {} } = document.paths['/v1/webhook-endpoints']?.post ?? {};
    const offered = (document.components.schemas.RegisterWebhookEndpointDto as { properties: { events: object } })
      .properties.events;
    expect(offered).toMatchObject({ items: { enum: Object.keys(callbacks) } });
    expect(callbacks['payment.captured']?.['{$request.body#/url}']?.post).toMatchObject({
      parameters: ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => ({ name, required: true })),
      requestBody: {
        content: { 'application/json': { schema: { $ref: '#/components/schemas/PaymentCapturedMessage' } } },
      },
    });
    expect(document.components.schemas.PaymentCapturedDataDto).toMatchObject({
      required: ['paymentId', 'amount', 'lines', 'capturedAt'],
    });
  });

  it('leads to the problems, the sandbox and how webhooks are signed', async () => {
    expect((await bulwark.api.get(document.externalDocs.url)).status).toBe(200);
    const descriptions = Object.fromEntries(document.tags.map(({ name, description }) => [name, description]));
    expect(descriptions.payments).toContain('`tok_ok`');
    expect(descriptions.payments).toContain('`POST /sandbox/faults`');
    expect(descriptions.partners).toContain('webhook-signature');
  });
});
