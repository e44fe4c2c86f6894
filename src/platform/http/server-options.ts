import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../config/index.js';
import { toProblem } from '../problems/index.js';
import { sendProblem } from './problem.filter.js';
import { requestIdFrom } from './request-identity.js';

/** Contract section 2. */
export const BODY_MAX_BYTES = 1_048_576;
const HEADERS_MAX_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 10_000;
/** A whole request, body included, has to arrive within this. */
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
const PATH_SEGMENT_MAX = 200;

const CLIENT_ERRORS: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large', 'The headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The request took too long to arrive'],
};

/** How the HTTP server treats sockets: every wait, header and body has a bound. */
export function serverOptions(config: Config): FastifyHttpOptions<Server> {
  return {
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    routerOptions: { maxParamLength: PATH_SEGMENT_MAX },
    forceCloseConnections: 'idle',
    // A draining process still answers requests on open connections, and then closes them.
    return503OnClosing: false,
    trustProxy: config.http.trustedProxies.length > 0 ? [...config.http.trustedProxies] : false,
    requestIdHeader: false,
    genReqId: (request) => requestIdFrom(request.headers),
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    http: { maxHeaderSize: HEADERS_MAX_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, insecureHTTPParser: false },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(request, reply, toProblem(error)),
  };
}

/** Answers what never became a request: invalid syntax, oversized headers, slow senders. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, title] = CLIENT_ERRORS[error.code ?? ''] ?? [400, 'bad_request', 'The request cannot be read'];
  const body = JSON.stringify({ type: `/problems/${code}`, title, status, detail: `${title}.`, instance: '', code });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: ` +
      `${Buffer.byteLength(body)}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
  );
}
