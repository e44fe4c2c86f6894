import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { completeOperation } from './complete-operation.js';
import { DocumentParts } from './document-parts.js';
import { PROBLEM_SCHEMA } from './problem-schema.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
/** The documentation page runs the scripts that it ships with, and nothing from elsewhere. */
const DOCS_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "frame-ancestors 'none'";

/** Builds the OpenAPI document from the controllers, complete with the problems that any route may answer. */
export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Bulwark')
    .setDescription(
      'Catalog, accounts and payments of a consumer platform. Every error is an RFC 9457 problem with a stable ' +
        '`code`; [/problems](/problems) lists them all.',
    )
    .setVersion('1')
    .addServer('/', 'Where this document is')
    .setExternalDoc('Every problem that an answer may be', '/problems')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  builder.info.license = { name: 'All rights reserved' };
  const parts = app.get(DocumentParts, { strict: false }).all();
  const document = SwaggerModule.createDocument(app, builder, {
    operationIdFactory: (_controller, method) => method,
    extraModels: parts.flatMap(({ models }) => models?.() ?? []),
  });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA },
  };
  for (const path of Object.values(document.paths))
    for (const method of METHODS) if (path[method]) completeOperation(path[method], method);
  for (const { describe } of parts) describe?.(document);
  return document;
}

/**
 * Serves `/openapi.json` and the interactive `/docs`, which needs no network. The first request makes the document:
 * modules add their parts to it while they initialise.
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
