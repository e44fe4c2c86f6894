/** A cursor is the 16 bytes of the last row's id. */
export const CURSOR_PATTERN = /^[A-Za-z0-9_-]{22}$/;

/** Which page of a list: at most `limit` rows, after those that the cursor stands for. */
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

/** One page of a list, the newest rows first. */
export interface Page<Row> {
  readonly rows: Row[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/**
 * Reads a page by keyset.
 * @param list rows in descending order of their ids, from below `beforeId`
 */
export async function readPage<Row extends { readonly id: string }>(
  { limit, cursor }: PageQuery,
  list: (limit: number, beforeId: string | undefined) => Promise<Row[]>,
): Promise<Page<Row>> {
  // One row more than asked for shows whether there is a next page.
  const found = await list(limit + 1, cursor === undefined ? undefined : readCursor(cursor));
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last ? writeCursor(last.id) : null };
}

export function writeCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

export function readCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
