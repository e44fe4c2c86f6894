import { HttpProblems } from '../problems/index.js';
import { readCursor, writeCursor } from './cursor.js';

const LIST = ['by-id'];
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

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
 * @throws Problem `validation_failed` for a cursor that no page of such a list has
 */
export async function readPage<Row extends { readonly id: string }>(
  { limit, cursor }: PageQuery,
  list: (limit: number, beforeId: string | undefined) => Promise<Row[]>,
): Promise<Page<Row>> {
  // One row more than asked for shows whether there is a next page.
  const found = await list(limit + 1, cursor === undefined ? undefined : idOf(cursor));
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last ? writeCursor(LIST, [last.id]) : null };
}

function idOf(cursor: string): string {
  const [id] = readCursor(LIST, cursor) ?? [];
  if (typeof id === 'string' && UUID.test(id)) return id;
  throw HttpProblems.validation_failed('The cursor does not belong to this list.', {
    errors: [{ pointer: '/cursor', message: 'must be the nextCursor of a page of the same list' }],
  });
}
