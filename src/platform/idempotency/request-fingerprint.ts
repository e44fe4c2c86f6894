import { createHmac } from 'node:crypto';
import { deriveKey } from '../config/index.js';

/** What makes two requests the same intent. */
export interface FingerprintFacts {
  readonly method: string;
  /** The route's pattern, such as `/v1/payments/:id/refunds`. */
  readonly route: string;
  readonly parameters: unknown;
  readonly query: unknown;
  /** The body as it was sent, before validation has transformed it. */
  readonly body: unknown;
}

/**
 * An HMAC, not a bare hash: bodies hold passwords, and the hash of a guessable body reveals the body.
 * @param secret the instance's secret; the fleet shares it
 */
export function fingerprintKey(secret: string): Buffer {
  return deriveKey(secret, 'idempotency-fingerprint/v1');
}

/** HMAC-SHA-256 over the canonical request: the order of names does not matter, every value does. */
export function fingerprintOf(key: Buffer, { method, route, parameters, query, body }: FingerprintFacts): Buffer {
  return createHmac('sha256', key)
    .update(canonicalJson([method, route, parameters ?? null, query ?? null, body === undefined ? [] : [body]]))
    .digest();
}

/** JSON with the names of every object sorted. The HTTP core bounds depth and width of a body. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}
