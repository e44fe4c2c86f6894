import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { metrics, requestContext } from '../observability/index.js';
import { HttpProblems } from '../problems/index.js';
import type { CoarseLimit } from '../throttling/index.js';
import { parseJsonBody, refuseQuery } from './parse-json-body.js';
import { sendProblem } from './problem.filter.js';
import { traceIdFrom } from './request-identity.js';
import type { RouteTable } from './route-table.js';

/** Headers of every answer; the API serves no page but its documentation, which sets its own policy. */
export const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['strict-transport-security', 'max-age=31536000; includeSubDomains'],
  ['cross-origin-resource-policy', 'same-origin'],
];
const READ_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What the hooks work with. */
export interface HookParts {
  routes: RouteTable;
  limit: CoarseLimit;
  /** The module that a route belongs to, for the metrics. */
  moduleOf: (route: string | undefined) => string;
}

/**
 * Registers what runs for every request before the framework's pipeline. Hooks cost almost nothing,
 * global guards and interceptors half of the throughput (ADR 002).
 */
export function registerServerHooks(server: FastifyInstance, { routes, limit, moduleOf }: HookParts): void {
  server.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  server.addHook('onRequest', (request, reply, done) => {
    stampAnswer(request, reply, server);
    const refusal = limit.consume(request.ip, Date.now());
    if (refusal) return sendProblem(request, reply, refusal);
    return requestContext.run({ requestId: request.id, traceId: traceIdFrom(request.headers) }, done);
  });
  server.addHook('preValidation', (request, reply, done) => {
    const refusal = refuseQuery(request.query as Record<string, unknown>);
    if (refusal) sendProblem(request, reply, refusal);
    else done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    countAnswer(request, reply, moduleOf(request.routeOptions.url));
    done();
  });
}

function stampAnswer(request: FastifyRequest, reply: FastifyReply, server: FastifyInstance): void {
  reply.header('x-request-id', request.id);
  // Only a route that says otherwise may be stored: everything else may be personal.
  reply.header('cache-control', 'private, no-store');
  for (const [name, value] of SECURITY_HEADERS) reply.header(name, value);
  if (!server.server.listening) reply.header('connection', 'close');
}

function countAnswer(request: FastifyRequest, reply: FastifyReply, module: string): void {
  const kind = READ_METHODS.has(request.method) ? 'read' : 'write';
  metrics.httpRequests.inc({ module, kind, status: reply.statusCode });
  metrics.httpDuration.observe({ module, kind }, reply.elapsedTime / 1_000);
}

const takesRawBody = (config: object): boolean => 'takesRawBody' in config && config.takesRawBody === true;

/** Parses JSON bodies alone: no forms, no text, no compressed bodies that could inflate. */
export function registerBodyParser(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      if (request.headers['content-encoding'])
        throw HttpProblems.unsupported_media_type('Compressed bodies are not accepted.');
      // A signature covers the raw bytes: such a route parses them itself, after it has verified the signature.
      done(null, takesRawBody(request.routeOptions.config) ? body : parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}
