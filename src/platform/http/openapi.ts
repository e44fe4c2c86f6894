import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { describeProblemResponse } from '../problems/index.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
/** The documentation page runs the scripts that it ships with, and nothing from elsewhere. */
const DOCS_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "frame-ancestors 'none'";

const PROBLEM_SCHEMA = {
  type: 'object' as const,
  description: 'RFC 9457 problem details.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: {
      type: 'string' as const,
      description: 'Where this kind of problem is described.',
      example: '/problems/validation_failed',
    },
    title: { type: 'string' as const },
    status: { type: 'integer' as const },
    detail: { type: 'string' as const, description: 'What happened, and why.' },
    instance: { type: 'string' as const, description: 'The path that was asked for.' },
    code: { type: 'string' as const, description: 'The stable name to program against.' },
    errors: {
      type: 'array' as const,
      items: {
        type: 'object' as const,
        required: ['pointer', 'message'],
        properties: { pointer: { type: 'string' as const }, message: { type: 'string' as const } },
      },
    },
  },
  additionalProperties: true,
};

/** Builds the OpenAPI document from the controllers, complete with the problems that any route may answer. */
export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Bulwark')
    .setDescription(
      'Catalog, accounts and payments of a consumer platform. Every error is an RFC 9457 problem with a stable `code`.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  const document = SwaggerModule.createDocument(app, builder, { operationIdFactory: (_controller, method) => method });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA },
  };
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) if (path[method]) addCommonResponses(path[method], method);
  }
  return document;
}

/**
 * Serves `/openapi.json` and the interactive `/docs`, which needs no network. The first request makes the document:
 * contexts register their webhook event types, which it lists, while they initialise.
 */
export function serveDocumentation(app: NestFastifyApplication): void {
  let document: OpenAPIObject | undefined;
  let bytes: Buffer | undefined;
  const documentOf = (): OpenAPIObject => (document ??= createOpenApiDocument(app));
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, reply, done) => {
    if (request.url === '/docs' || request.url.startsWith('/docs/'))
      reply.header('content-security-policy', DOCS_POLICY);
    done();
  });
  server.get('/openapi.json', (_request, reply) => {
    bytes ??= Buffer.from(JSON.stringify(documentOf()));
    return reply.type('application/json; charset=utf-8').header('cache-control', 'public, max-age=60').send(bytes);
  });
  SwaggerModule.setup('docs', app, documentOf, { raw: false, customSiteTitle: 'Bulwark API' });
}

const CONSISTENCY_PARAMETER = {
  name: 'Consistency-Token',
  in: 'header',
  required: false,
  description:
    'The token of an earlier write: the answer shows that write. ' +
    'Without it, writes of your session are shown all the same.',
  schema: { type: 'string' },
};

interface Operation {
  parameters?: object[];
  responses: Record<string, unknown>;
  requestBody?: unknown;
}

function addCommonResponses(operation: Operation, method: string): void {
  const writes = method !== 'get';
  const common: [number, string[]][] = [
    [400, writes ? ['validation_failed', 'malformed_json', 'bad_request'] : ['validation_failed', 'bad_request']],
    ...(operation.requestBody
      ? ([
          [413, ['payload_too_large']],
          [415, ['unsupported_media_type']],
        ] as [number, string[]][])
      : []),
    [500, ['internal_error']],
    [503, ['unavailable']],
  ];
  for (const [status, codes] of common) addProblems(operation, status, codes);
  describeHeaders(operation, writes);
  if (!writes) operation.parameters = [...(operation.parameters ?? []), CONSISTENCY_PARAMETER];
}

/** Headers of every success, and the one that marks a replay. */
function describeHeaders(operation: Operation, writes: boolean): void {
  const isIdempotent = operation.parameters?.some(
    (parameter) => 'name' in parameter && parameter.name === 'Idempotency-Key',
  );
  const headers = {
    'X-Request-Id': { description: 'Names the request; a sane one that you send is kept.', schema: { type: 'string' } },
    ...(isIdempotent
      ? {
          'Idempotency-Replayed': {
            description: 'Present when this is the stored answer of an earlier request with the same key.',
            schema: { type: 'string', enum: ['true'] },
          },
        }
      : {}),
    ...(writes
      ? {
          'Consistency-Token': {
            description: 'Where the write went; bring it back with a read that has to show it. Also a cookie.',
            schema: { type: 'string' },
          },
        }
      : {}),
  };
  for (const [status, response] of Object.entries(operation.responses)) {
    if (status.startsWith('2'))
      Object.assign(response as object, { headers: { ...(response as { headers?: object }).headers, ...headers } });
  }
}

function addProblems(operation: Operation, status: number, codes: readonly string[]): void {
  const described = operation.responses[status] as ReturnType<typeof describeProblemResponse> | undefined;
  const examples = described?.content?.['application/problem+json']?.examples ?? {};
  const { status: _status, ...response } = describeProblemResponse(status, [
    ...new Set([...Object.keys(examples), ...codes]),
  ]);
  operation.responses[status] = response;
}
