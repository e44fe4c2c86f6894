import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const SANE_REQUEST_ID = /^[\w.:/+=@-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's request id when it is sane, else a new one. */
export function requestIdFrom(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SANE_REQUEST_ID.test(given) ? given : randomUUID();
}

/** The trace id of a W3C `traceparent`, when there is a valid one. */
export function traceIdFrom(headers: IncomingHttpHeaders): string | undefined {
  const given = headers.traceparent;
  const traceId = typeof given === 'string' ? TRACEPARENT.exec(given)?.[1] : undefined;
  return traceId && !/^0+$/.test(traceId) ? traceId : undefined;
}
