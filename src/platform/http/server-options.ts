import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../config/index.js';
import { HttpProblems, PROBLEM_MEDIA_TYPE, toProblem, toProblemBody, type Problem } from '../problems/index.js';
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

const CLIENT_ERRORS: Readonly<Record<string, () => Problem>> = {
  HPE_HEADER_OVERFLOW: () => HttpProblems.headers_too_large('The headers are too large.'),
  ERR_HTTP_REQUEST_TIMEOUT: () => HttpProblems.request_timeout('The request took too long to arrive.'),
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
  const problem = (
    CLIENT_ERRORS[error.code ?? ''] ?? (() => HttpProblems.bad_request('The request cannot be read.'))
  )();
  const body = JSON.stringify(toProblemBody(problem, ''));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
