import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cacheBypass } from '../cache/index.js';
import { later, reader, type Reader, type WalPosition } from '../database/index.js';
import { CACHED_PREFIX } from './consistency-token.js';
import type { OwnWrites } from './own-writes.js';
import { invalidatesCache, readsPrimary } from './route-marks.js';

const HEADER = 'consistency-token';
const COOKIE = 'bulwark_consistency';
const COOKIE_TEXT = /(?:^|;\s*)bulwark_consistency=([\w-]+)/;
const READ_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface ConsistencyParts {
  readonly writes: OwnWrites;
  /** Whether the cookie is for TLS only. */
  readonly secure: boolean;
}

/**
 * Sets for every request which writes its reads must show, and answers every write with its position: in a header, in a
 * cookie for browsers, and recorded per account for other devices (ADR 012). A read without a token costs nothing.
 */
export function registerConsistencyHooks(server: FastifyInstance, parts: ConsistencyParts): void {
  const readers = new WeakMap<FastifyRequest, Reader>();
  // Not in onRequest: reading the body loses the asynchronous context.
  server.addHook('preValidation', (request, _reply, done) => {
    const { current, bypassesCaches } = toReader(request, parts.writes);
    readers.set(request, current);
    reader.run(current, bypassesCaches ? () => cacheBypass.run(true, done) : done);
  });
  server.addHook('onSend', async (request, reply) => {
    const current = readers.get(request);
    // A failure acknowledges no write, and may come from the very server that would be asked for the position.
    if (current?.wrote && reply.statusCode < 500 && !READ_METHODS.has(request.method))
      await acknowledge(request, reply, current, parts);
  });
}

/** Whether the request's token, not verified yet, is of a write that the caches may lack. */
export function mayBypassCaches({ cookie, [HEADER]: token }: IncomingHttpHeaders): boolean {
  return (
    (typeof token === 'string' && token.startsWith(CACHED_PREFIX)) ||
    (cookie?.includes(`${COOKIE}=${CACHED_PREFIX}`) ?? false)
  );
}

function toReader(request: FastifyRequest, writes: OwnWrites): { current: Reader; bypassesCaches: boolean } {
  const tokens = presented(request.headers)
    .map((text) => writes.parse(text))
    .filter((token) => token !== undefined);
  const position = tokens
    .map((token) => token.position)
    .reduce<WalPosition | undefined>((latest, position) => (latest ? later(latest, position) : position), undefined);
  const isRead = READ_METHODS.has(request.method);
  // A write decides by the latest state.
  return {
    current: { onPrimary: !isRead || readsPrimary(request), position, wrote: false, accounts: new Set() },
    bypassesCaches: isRead && tokens.some((token) => token.wroteCached),
  };
}

function presented({ cookie, [HEADER]: token }: IncomingHttpHeaders): string[] {
  return [token, COOKIE_TEXT.exec(cookie ?? '')?.[1]].filter((text) => typeof text === 'string');
}

async function acknowledge(
  request: FastifyRequest,
  reply: FastifyReply,
  { accounts }: Reader,
  { writes, secure }: ConsistencyParts,
): Promise<void> {
  const token = await writes.record([...accounts], { wroteCached: invalidatesCache(request) });
  if (token === undefined) return;
  reply.header(HEADER, token);
  reply.header(
    'set-cookie',
    `${COOKIE}=${token}; Path=/v1; Max-Age=${writes.ttlSeconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`,
  );
}
