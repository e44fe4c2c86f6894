import { HttpException } from '@nestjs/common';
import { HttpProblems } from './http-problems.js';
import { Problem } from './problem.js';

interface CodedError {
  code?: unknown;
  statusCode?: unknown;
  message?: unknown;
}

/**
 * Errors of pool, driver and server that mean overload, not a defect (PostgreSQL error classes 53, 57 and 55P03,
 * 25P03).
 */
const BUSY_CODES = new Set([
  '53300',
  '53400',
  '57P01',
  '57P02',
  '57P03',
  '57014',
  '55P03',
  '25P03',
  '25P04',
  '40001',
  '40P01',
  '08006',
  '08001',
  '08P01',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);
const BUSY_MESSAGES = [
  /timeout exceeded when trying to connect/,
  /Connection terminated/,
  /server login has been failing/,
  /query_wait_timeout/,
  /pooler error/i,
];
const BUSY_RETRY_AFTER_SECONDS = 1;

const FASTIFY_CODES: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: () => HttpProblems.malformed_json('The body is empty, yet its content type says JSON.'),
  FST_ERR_CTP_INVALID_JSON_BODY: () => HttpProblems.malformed_json('The body is not well-formed JSON.'),
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    HttpProblems.payload_too_large('The body is larger than 1 MiB.', { headers: { connection: 'close' } }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    HttpProblems.unsupported_media_type('Only application/json is understood here.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => HttpProblems.bad_request('The body is not as long as Content-Length says.'),
  FST_ERR_BAD_URL: () => HttpProblems.bad_request('The path cannot be decoded.'),
  FST_ERR_MAX_PARAM_LENGTH: () => HttpProblems.uri_too_long('A path segment is too long.'),
};

/**
 * Maps any error to the one kind that leaves the process. An unknown error becomes `internal_error`; its message and
 * stack stay in the log.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const coded = (typeof error === 'object' && error !== null ? error : {}) as CodedError;
  const known = typeof coded.code === 'string' ? FASTIFY_CODES[coded.code] : undefined;
  if (known) return known();
  if (isBusy(coded))
    return HttpProblems.unavailable('The database is busy; nothing was changed.', {
      retryAfterSeconds: BUSY_RETRY_AFTER_SECONDS,
      cause: error,
    });
  const status = error instanceof HttpException ? error.getStatus() : Number(coded.statusCode ?? 500);
  return fromStatus(status, coded, error);
}

function fromStatus(status: number, coded: CodedError, cause: unknown): Problem {
  if (error400(status, coded)) return HttpProblems.malformed_json('The body is not acceptable JSON.');
  if (status === 400) return HttpProblems.bad_request('The request cannot be read.', { cause });
  if (status === 401) return HttpProblems.unauthenticated('A valid access token is needed.', { cause });
  if (status === 403) return HttpProblems.forbidden('This is not allowed.', { cause });
  if (status === 404) return HttpProblems.not_found('There is nothing at this address.', { cause });
  if (status === 408) return HttpProblems.request_timeout('The request did not arrive in time.', { cause });
  if (status === 413) return HttpProblems.payload_too_large('The body is larger than 1 MiB.', { cause });
  if (status === 415)
    return HttpProblems.unsupported_media_type('Only application/json is understood here.', { cause });
  return HttpProblems.internal_error('The request could not be completed; nothing more is known to the client.', {
    cause,
  });
}

/** secure-json-parse refuses `__proto__` with a SyntaxError that carries status 400. */
function error400(status: number, coded: CodedError): boolean {
  return status === 400 && coded instanceof SyntaxError;
}

function isBusy(coded: CodedError): boolean {
  if (typeof coded.code === 'string' && BUSY_CODES.has(coded.code)) return true;
  const message = typeof coded.message === 'string' ? coded.message : '';
  return BUSY_MESSAGES.some((pattern) => pattern.test(message));
}
