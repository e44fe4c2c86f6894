import { createHash } from 'node:crypto';

/** The form of every cursor; far longer than any that is written here. */
export const CURSOR_PATTERN = /^[\w-]{1,300}$/;
const DIGEST_LENGTH = 8;

/** What a cursor holds of the last row: its sort keys and its id. */
export type CursorParts = readonly (string | number)[];

/**
 * Makes an opaque cursor that is valid for one list only.
 * @param list what distinguishes this list from others: its sort and its filters
 */
export function writeCursor(list: readonly (string | undefined)[], parts: CursorParts): string {
  return Buffer.from(JSON.stringify([digestOf(list), ...parts])).toString('base64url');
}

/**
 * Reads a cursor. A client can forge one: its parts have to be validated.
 * @returns undefined when it is no cursor, or one of another list
 */
export function readCursor(list: readonly (string | undefined)[], cursor: string): readonly unknown[] | undefined {
  if (!CURSOR_PATTERN.test(cursor)) return undefined;
  const content = parse(cursor);
  if (!Array.isArray(content)) return undefined;
  const [digest, ...parts] = content as unknown[];
  return digest === digestOf(list) ? parts : undefined;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function digestOf(list: readonly (string | undefined)[]): string {
  return createHash('sha256')
    .update(JSON.stringify(list.map((part) => part ?? null)))
    .digest('base64url')
    .slice(0, DIGEST_LENGTH);
}
