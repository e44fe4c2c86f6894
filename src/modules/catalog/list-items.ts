import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Recency } from '../../platform/cache/index.js';
import type { CacheableResult } from '../../platform/http-cache/index.js';
import { readCursor, writeCursor } from '../../platform/http/index.js';
import { HttpProblems } from '../../platform/problems/index.js';
import { tagsOfPage } from './cache/catalog-caches.js';
import type { Item } from './domain/item.js';
import { partsOf, toPosition, type Position } from './domain/position.js';
import type { Sort } from './domain/sort.js';
import type { PageQuery } from './list-categories.js';
import { ItemPages, type ListedItem } from './persistence/item-pages.js';
import { ItemSearch, type SearchRequest } from './persistence/item-search.js';
import type { VersionedRows } from './persistence/read-version.js';

const UUID_LENGTH = 36;
/** Of the digest of what is asked for: as good as unique, and short. */
const KEY_LENGTH = 27;

/** Which items, in which order. */
export interface ListItemsQuery extends PageQuery {
  /** Slug of a category. */
  readonly category?: string;
  /** Words to find. */
  readonly q?: string;
  readonly sort?: Sort;
}

/** A page of items as it is read. */
export interface ItemPage {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** A page of items, browsed or searched. */
@Injectable()
export class ListItems {
  constructor(
    private readonly pages: ItemPages,
    private readonly search: ItemSearch,
  ) {}

  /** @throws Problem `validation_failed` for a cursor of another list */
  async execute(query: ListItemsQuery, recency: Recency): Promise<CacheableResult<ItemPage>> {
    const { category, limit } = query;
    const { words, order, list } = listOf(query);
    // One more than asked for tells whether there is a next page.
    const page = { category, limit: limit + 1, after: positionOf(list, query.cursor), recency };
    const { rows, version, corrected } =
      words === undefined
        ? { ...(await this.pages.page({ ...page, sort: order === 'relevance' ? 'newest' : order })), corrected: false }
        : await this.find({ ...page, sort: order, query: { typed: words } }, words);
    const items = rows.slice(0, limit).map(({ item }) => item);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const nextCursor = last ? writeCursor(list, partsOf({ ...last.position, corrected })) : null;
    return { value: { items, nextCursor }, version, tags: tagsOfPage(items) };
  }

  /** Words that nothing has are tried once more, corrected; later pages stay with the query that the first one had. */
  private async find(
    request: SearchRequest,
    words: string,
  ): Promise<VersionedRows<ListedItem> & { corrected: boolean }> {
    const typed = request.after?.corrected ? undefined : await this.search.page(request);
    if (typed && (typed.rows.length > 0 || request.after)) return { ...typed, corrected: false };
    const query = await this.search.correct(words);
    const found = query && (await this.search.page({ ...request, query }));
    // Of two reads the older one says what the page may lack.
    return {
      rows: found?.rows ?? [],
      version: Math.min(typed?.version ?? Infinity, found?.version ?? Infinity),
      corrected: true,
    };
  }
}

/**
 * The entry that answers a request: the same for every way to write the same request.
 * @throws Problem `validation_failed` for a cursor of another list
 */
export function keyOfList(query: ListItemsQuery): string {
  const { category, limit, cursor } = query;
  const { words, order, list } = listOf(query);
  positionOf(list, cursor);
  const parts = [order, category ?? null, words ?? null, limit, cursor ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, KEY_LENGTH);
}

/** The list that a query asks for a page of; its cursors belong to no other. */
function listOf({ category, q, sort }: ListItemsQuery): {
  words: string | undefined;
  order: Sort;
  list: (string | undefined)[];
} {
  const words = q?.trim() || undefined;
  const order = orderOf(sort, words);
  return { words, order, list: [order, category, words] };
}

/** Without words nothing is more relevant than anything else. */
function orderOf(sort: Sort | undefined, words: string | undefined): Sort {
  if (words !== undefined) return sort ?? 'relevance';
  return sort === undefined || sort === 'relevance' ? 'newest' : sort;
}

function positionOf(list: readonly (string | undefined)[], cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const position = toPosition(readCursor(list, cursor) ?? []);
  if (position?.id.length === UUID_LENGTH) return position;
  throw HttpProblems.validation_failed('The cursor does not belong to this list.', {
    errors: [{ pointer: '/cursor', message: 'must be the nextCursor of a page with the same filters and order' }],
  });
}
