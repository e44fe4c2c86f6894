import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Served } from '../cache/index.js';
import { mayBypassCaches } from '../consistency/index.js';
import { beforeScrape, metrics } from '../observability/index.js';
import type { CoarseLimit } from '../throttling/index.js';
import { JSON_TYPE, cacheControlOf, cacheStatusOf } from './cache-headers.js';
import { matchesAny } from './entity-tag.js';
import type { MemoryAnswers } from './memory-answers.js';

/** What a memory answer needs. */
export interface MemoryAnswerParts {
  readonly server: Server;
  readonly answers: MemoryAnswers;
  readonly limit: CoarseLimit;
  /** Headers of every answer of this server. */
  readonly headers: readonly (readonly [string, string])[];
  /** The source address, as the framework would say; undefined when only the framework can tell. */
  readonly addressOf: (request: IncomingMessage) => string | undefined;
  readonly requestIdOf: (headers: IncomingHttpHeaders) => string;
}

/** Answers of one context since the last scrape. */
interface Counts {
  readonly labels: { readonly module: string; readonly kind: 'read' };
  ok: number;
  notModified: number;
}

/**
 * Answers what the memory layer holds before the framework sees the request, with the same limit, headers, request id
 * and metrics as the framework's way gives (ADR 002). A request for an entry whose load is in flight waits for it here:
 * of a herd on an expired key only the first one costs the framework's way. A request that is not plain, or whose entry
 * needs a load, goes to the framework.
 */
export function answerFromMemory({ server, answers, limit, headers, addressOf, requestIdOf }: MemoryAnswerParts): void {
  const staticHeaders = [...headers.flat(), 'content-type', JSON_TYPE];
  const frameworkListeners = server.listeners('request') as RequestListener[];
  const countsOf = countByModule();
  const passOn = (request: IncomingMessage, response: ServerResponse): void => {
    for (const listener of frameworkListeners) listener.call(server, request, response);
  };
  const answer = (request: IncomingMessage, response: ServerResponse, served: Served, began: number): void => {
    const known = matchesAny(request.headers['if-none-match'], served.entry.etag);
    write(response, served, {
      staticHeaders,
      requestId: requestIdOf(request.headers),
      known,
      closing: !server.listening,
    });
    const counts = countsOf(served.policy.module);
    if (known) counts.notModified++;
    else counts.ok++;
    metrics.httpDuration.observe(counts.labels, (performance.now() - began) / 1_000);
  };
  const answerJoined = async (request: IncomingMessage, response: ServerResponse, began: number): Promise<void> => {
    // The framework's way meets a failed load in the cache, and says what it means.
    const served = await answers.join(request.url ?? '').catch(() => null);
    if (response.destroyed) return;
    if (served?.entry.body !== undefined) return answer(request, response, served, began);
    if (served === undefined) answers.noteLate(request);
    passOn(request, response);
  };
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const began = performance.now();
    const found = isPlain(request) ? answers.find(request.url ?? '') : undefined;
    const address = found && addressOf(request);
    // The framework answers a refusal: it asks the limit again, which refuses again.
    if (found === undefined || address === undefined || limit.consume(address, Date.now()) !== undefined)
      passOn(request, response);
    else if (found === 'loading') void answerJoined(request, response, began);
    else answer(request, response, found, began);
  });
}

/** Plain numbers, handed over when the metrics are scraped: a labelled counter costs as much as the answer. */
function countByModule(): (module: string) => Counts {
  const byModule = new Map<string, Counts>();
  beforeScrape(() => {
    for (const counts of byModule.values()) {
      metrics.httpRequests.inc({ ...counts.labels, status: 200 }, counts.ok);
      metrics.httpRequests.inc({ ...counts.labels, status: 304 }, counts.notModified);
      counts.ok = counts.notModified = 0;
    }
  });
  return (module) => {
    let counts = byModule.get(module);
    if (counts === undefined)
      byModule.set(module, (counts = { labels: { module, kind: 'read' }, ok: 0, notModified: 0 }));
    return counts;
  };
}

function isPlain({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers.expect === undefined &&
    !mayBypassCaches(headers)
  );
}

interface Sending {
  readonly staticHeaders: readonly string[];
  readonly requestId: string;
  /** Whether the client has it already. */
  readonly known: boolean;
  readonly closing: boolean;
}

function write(response: ServerResponse, served: Served, { staticHeaders, requestId, known, closing }: Sending): void {
  const { entry, policy, ageMs } = served;
  const headers = [
    ...staticHeaders,
    'etag',
    entry.etag,
    'cache-control',
    cacheControlOf(policy, ageMs),
    'cache-status',
    cacheStatusOf(served),
    'x-request-id',
    requestId,
  ];
  if (closing) headers.push('connection', 'close');
  if (known || entry.body === undefined) {
    response.writeHead(304, headers).end();
    return;
  }
  headers.push('content-length', String(entry.body.length));
  response.writeHead(200, headers).end(entry.body);
}
