import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of one request carries. */
export interface RequestContext {
  readonly requestId: string;
  readonly traceId?: string;
}

/** The request that the current code runs for. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
