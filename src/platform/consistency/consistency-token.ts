import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WalPosition } from '../database/index.js';

/** The position of its holder's last write, and until when a replica may lack it. */
export interface ConsistencyToken {
  readonly position: WalPosition;
  /** Milliseconds since the epoch; by then every replica in the rotation has replayed the write. */
  readonly expiresAt: number;
  /** Whether cached data was written: then the caches may lack the write too. */
  readonly wroteCached: boolean;
}

/** First character of the tokens of writes to cached data: the text alone shows that a read must bypass the caches. */
export const CACHED_PREFIX = 'c';
const OTHER_PREFIX = 'o';
const POSITION_BYTES = 18;
/** With the position a multiple of three bytes, so that the base64 text has no unused bits. */
const MAC_BYTES = 18;
const FORM = /^[co][\w-]{48}$/;

/** The token as text: readable without the key, but not forgeable. */
export function writeToken(key: Buffer, { position, expiresAt, wroteCached }: ConsistencyToken): string {
  const bytes = Buffer.alloc(POSITION_BYTES);
  bytes.writeBigUInt64BE(position.lsn, 0);
  bytes.writeUInt32BE(position.timeline, 8);
  bytes.writeUIntBE(expiresAt, 12, 6);
  const prefix = wroteCached ? CACHED_PREFIX : OTHER_PREFIX;
  return prefix + Buffer.concat([bytes, macOf(key, prefix, bytes)]).toString('base64url');
}

/** @returns undefined for a text that is not one of our tokens, or has expired */
export function readToken(key: Buffer, text: string, now: number): ConsistencyToken | undefined {
  if (!FORM.test(text)) return undefined;
  const prefix = text.slice(0, 1);
  const all = Buffer.from(text.slice(1), 'base64url');
  const bytes = all.subarray(0, POSITION_BYTES);
  if (!timingSafeEqual(all.subarray(POSITION_BYTES), macOf(key, prefix, bytes))) return undefined;
  const expiresAt = bytes.readUIntBE(12, 6);
  if (expiresAt <= now) return undefined;
  return {
    position: { lsn: bytes.readBigUInt64BE(0), timeline: bytes.readUInt32BE(8) },
    expiresAt,
    wroteCached: prefix === CACHED_PREFIX,
  };
}

function macOf(key: Buffer, prefix: string, bytes: Buffer): Buffer {
  return createHmac('sha256', key).update(prefix).update(bytes).digest().subarray(0, MAC_BYTES);
}
