import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatItemTag, matchesAny } from '../domain/item-tag.js';
import { cacheControlOf, type CachedAnswer } from '../staleness.js';
import type { ItemDto } from './item.dto.js';

const MARK_LENGTH = 16;

/** A strong entity tag: any other byte gives another one. */
export function tagOf(bytes: string): string {
  return `"${markOf(bytes)}"`;
}

/** An item's entity tag, the same from a read and from the write before it. */
export function itemTagOf(item: ItemDto, bytes: string = JSON.stringify(item)): string {
  return formatItemTag({ version: item.version, quantity: item.availability.quantity }, markOf(bytes));
}

function markOf(bytes: string): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, MARK_LENGTH);
}

/** Sends a public answer with its validators and its staleness; nothing but them when the client has it already. */
export function represent(exchange: { request: FastifyRequest; reply: FastifyReply }, answer: CachedAnswer, bytes: string, tag: string): string | undefined {
  const { request, reply } = exchange;
  reply.header('etag', tag).header('cache-control', cacheControlOf(answer));
  if (matchesAny(request.headers['if-none-match'], tag)) {
    reply.status(304);
    return undefined;
  }
  reply.type('application/json; charset=utf-8');
  return bytes;
}
