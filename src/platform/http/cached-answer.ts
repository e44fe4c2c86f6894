import type { FastifyReply, FastifyRequest } from 'fastify';
import { cacheControlOf, cacheStatusOf, type Served } from '../cache/index.js';
import { matchesAny } from './entity-tag.js';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends a public answer with its validators, its staleness and where it came from; no body when the client has it already. */
export function sendCached(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  served: Served,
): Buffer | undefined {
  const { entry, policy, ageMs } = served;
  reply
    .header('etag', entry.etag)
    .header('cache-control', cacheControlOf(policy, ageMs))
    .header('cache-status', cacheStatusOf(served));
  if (matchesAny(request.headers['if-none-match'], entry.etag)) {
    reply.status(304);
    return undefined;
  }
  reply.type(JSON_TYPE);
  return entry.body;
}
