import { createHash } from 'node:crypto';

/** Where the next page begins: after the row with this sort key and id. */
export interface Position {
  /** Milliseconds, minor units, a score or a place: always a whole number. */
  readonly key: number;
  /** A UUID, or a slug where rows have no other name. */
  readonly id: string;
  /** Search only: the page belongs to the corrected query. */
  readonly corrected?: boolean;
}

const CURSOR_LENGTH_MAX = 300;
const ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9]+(?:-[a-z0-9]+)*)$/;

/**
 * Makes an opaque cursor that is good for one list only.
 * @param list whatever tells this list from others: its sort and its filters
 */
export function writeCursor(list: readonly (string | undefined)[], { key, id, corrected }: Position): string {
  return Buffer.from(JSON.stringify([markOf(list), key, id, corrected ? 1 : 0])).toString('base64url');
}

/** @returns undefined when the cursor is not one of ours, or belongs to another list */
export function readCursor(list: readonly (string | undefined)[], text: string): Position | undefined {
  if (text.length > CURSOR_LENGTH_MAX) return undefined;
  const parts = parse(text);
  if (!Array.isArray(parts) || parts.length !== 4) return undefined;
  const [mark, key, id, corrected] = parts as unknown[];
  if (mark !== markOf(list) || !Number.isSafeInteger(key) || typeof id !== 'string' || !ID.test(id)) return undefined;
  return { key: key as number, id, corrected: corrected === 1 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function markOf(list: readonly (string | undefined)[]): string {
  return createHash('sha256')
    .update(JSON.stringify(list.map((part) => part ?? null)))
    .digest('base64url')
    .slice(0, 8);
}
