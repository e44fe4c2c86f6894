import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cacheBypass } from '../cache/index.js';
import { later, reader, type Reader, type WalPosition } from '../database/index.js';
import { CATALOG_PREFIX } from './consistency-token.js';
import type { OwnWrites } from './own-writes.js';
import { readsPrimary, writesWhatIsCached } from './route-marks.js';

const HEADER = 'consistency-token';
const COOKIE = 'bulwark_consistency';
const COOKIE_TEXT = /(?:^|;\s*)bulwark_consistency=([\w-]+)/;
const READ_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface ConsistencyParts {
  readonly writes: OwnWrites;
  /** Whether browsers bring the cookie back over TLS alone. */
  readonly secure: boolean;
}

/**
 * Lets every request know what it has to see, and tells every writer where the write went: as a header, as a cookie for
 * browsers, and by account for the callers' other devices (ADR 012). A read that brings none of it costs nothing.
 */
export function registerConsistencyHooks(server: FastifyInstance, parts: ConsistencyParts): void {
  const readers = new WeakMap<FastifyRequest, Reader>();
  // Not in onRequest: a body that is read in between loses what is bound to the call.
  server.addHook('preValidation', (request, _reply, done) => {
    const { reader: asking, passes } = toReader(request, parts.writes);
    readers.set(request, asking);
    reader.run(asking, passes ? () => cacheBypass.run(true, done) : done);
  });
  server.addHook('onSend', async (request, reply) => {
    const asking = readers.get(request);
    // A failure acknowledges nothing, and may come from the very server that would have to be asked.
    if (asking?.wrote && reply.statusCode < 500 && !READ_METHODS.has(request.method))
      await tell(request, reply, asking, parts);
  });
}

/** Whether the request wants to see a write that the caches may lack; it may be wrong about that, but never unnoticed. */
export function mayBypassCaches({ cookie, [HEADER]: token }: IncomingHttpHeaders): boolean {
  return (
    (typeof token === 'string' && token.startsWith(CATALOG_PREFIX)) ||
    (cookie?.includes(`${COOKIE}=${CATALOG_PREFIX}`) ?? false)
  );
}

function toReader(request: FastifyRequest, writes: OwnWrites): { reader: Reader; passes: boolean } {
  const tokens = presented(request.headers)
    .map((text) => writes.understand(text))
    .filter((token) => token !== undefined);
  const position = tokens
    .map((token) => token.position)
    .reduce<WalPosition | undefined>((latest, one) => (latest ? later(latest, one) : one), undefined);
  const isRead = READ_METHODS.has(request.method);
  // Whoever writes decides by what is true now.
  return {
    reader: { onPrimary: !isRead || readsPrimary(request), position, wrote: false, accounts: new Set() },
    passes: isRead && tokens.some((token) => token.wroteCatalog),
  };
}

function presented({ cookie, [HEADER]: token }: IncomingHttpHeaders): string[] {
  return [token, COOKIE_TEXT.exec(cookie ?? '')?.[1]].filter((text) => typeof text === 'string');
}

async function tell(
  request: FastifyRequest,
  reply: FastifyReply,
  asking: Reader,
  { writes, secure }: ConsistencyParts,
): Promise<void> {
  const token = await writes.remember([...asking.accounts], { wroteCatalog: writesWhatIsCached(request) });
  if (token === undefined) return;
  reply.header(HEADER, token);
  reply.header(
    'set-cookie',
    `${COOKIE}=${token}; Path=/v1; Max-Age=${writes.rememberedSeconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`,
  );
}
