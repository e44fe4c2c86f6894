import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Served } from '../../platform/cache/index.js';
import { HttpProblems } from '../../platform/problems/index.js';
import { CatalogCaches, tagsOfPage } from './cache/catalog-caches.js';
import { readCursor, writeCursor, type Position } from './domain/cursor.js';
import type { ListItemsQueryDto, Sort } from './contract/catalog.dto.js';
import { toItemDto } from './contract/item.dto.js';
import { ItemPages, type Placed } from './persistence/item-pages.js';
import { ItemSearch, type SearchRequest } from './persistence/item-search.js';
import type { Reading } from './persistence/read-version.js';

const UUID_LENGTH = 36;
/** Of the digest of what is asked for: as good as unique, and short. */
const KEY_LENGTH = 27;

/** A page of items, browsed or searched. */
@Injectable()
export class ListItems {
  constructor(
    private readonly caches: CatalogCaches,
    private readonly pages: ItemPages,
    private readonly search: ItemSearch,
  ) {}

  /** @throws Problem `validation_failed` for a cursor of another list */
  async execute(query: ListItemsQueryDto): Promise<Served> {
    const { category, limit, cursor } = query;
    const words = query.q?.trim() || undefined;
    const order = orderOf(query.sort, words);
    const list = [order, category, words];
    const after = cursor === undefined ? undefined : positionOf(list, cursor);
    return this.caches.items.read(keyOfList(query), async (recency) => {
      // One more than asked for tells whether there is a next page.
      const page = { category, limit: limit + 1, after, recency };
      const { rows, version, corrected } =
        words === undefined
          ? {
              ...(await this.pages.page({ ...page, sort: order === 'relevance' ? 'newest' : order })),
              corrected: false,
            }
          : await this.find({ ...page, sort: order, query: { typed: words } }, words);
      const shown = rows.slice(0, limit).map(({ item }) => toItemDto(item));
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return {
        value: { data: shown, nextCursor: last ? writeCursor(list, { ...last.position, corrected }) : null },
        version,
        tags: tagsOfPage(shown),
      };
    });
  }

  /** Words that nothing has are tried once more, corrected; later pages stay with the query that the first one had. */
  private async find(request: SearchRequest, words: string): Promise<Reading<Placed> & { corrected: boolean }> {
    const typed = request.after?.corrected ? undefined : await this.search.page(request);
    if (typed && (typed.rows.length > 0 || request.after)) return { ...typed, corrected: false };
    const query = await this.search.correct(words);
    const found = query && (await this.search.page({ ...request, query }));
    // Of two readings the older one says what the page may lack.
    return {
      rows: found?.rows ?? [],
      version: Math.min(typed?.version ?? Infinity, found?.version ?? Infinity),
      corrected: true,
    };
  }
}

/** The entry that a request is answered from: the same for every way to write the same request. */
export function keyOfList({ category, q, sort, limit, cursor }: ListItemsQueryDto): string {
  const words = q?.trim() || undefined;
  const parts = [orderOf(sort, words), category ?? null, words ?? null, limit, cursor ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, KEY_LENGTH);
}

/** Without words nothing is more relevant than anything else. */
function orderOf(sort: Sort | undefined, words: string | undefined): Sort {
  if (words !== undefined) return sort ?? 'relevance';
  return sort === undefined || sort === 'relevance' ? 'newest' : sort;
}

function positionOf(list: readonly (string | undefined)[], cursor: string): Position {
  const position = readCursor(list, cursor);
  if (position?.id.length === UUID_LENGTH) return position;
  throw HttpProblems.validation_failed('The cursor does not belong to this list.', {
    errors: [{ pointer: '/cursor', message: 'must be the nextCursor of a page with the same filters and order' }],
  });
}
