import { Injectable } from '@nestjs/common';
import { HttpProblems } from '../../platform/problems/index.js';
import { readCursor, writeCursor, type Position } from './domain/cursor.js';
import type { ItemPageDto, ListItemsQueryDto, Sort } from './http/catalog.dto.js';
import { toItemDto } from './http/item.dto.js';
import { ItemPages, type Placed } from './persistence/item-pages.js';
import { ItemSearch, type SearchRequest } from './persistence/item-search.js';

const UUID_LENGTH = 36;

/** A page of items, browsed or searched. */
@Injectable()
export class ListItems {
  constructor(
    private readonly pages: ItemPages,
    private readonly search: ItemSearch,
  ) {}

  /** @throws Problem `validation_failed` for a cursor of another list */
  async execute({ category, q, sort, limit, cursor }: ListItemsQueryDto): Promise<ItemPageDto> {
    const words = q?.trim() || undefined;
    const order = orderOf(sort, words);
    const list = [order, category, words];
    const after = cursor === undefined ? undefined : positionOf(list, cursor);
    // One more than asked for tells whether there is a next page.
    const page = { category, limit: limit + 1, after };
    const { rows, corrected } =
      words === undefined ? { rows: await this.pages.page({ ...page, sort: order === 'relevance' ? 'newest' : order }), corrected: false } : await this.find({ ...page, sort: order, query: { typed: words } }, words);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      data: rows.slice(0, limit).map(({ item }) => toItemDto(item)),
      nextCursor: last ? writeCursor(list, { ...last.position, corrected }) : null,
    };
  }

  /** Words that nothing has are tried once more, corrected; later pages stay with the query that the first one had. */
  private async find(request: SearchRequest, words: string): Promise<{ rows: Placed[]; corrected: boolean }> {
    if (!request.after?.corrected) {
      const rows = await this.search.page(request);
      if (rows.length > 0 || request.after) return { rows, corrected: false };
    }
    const query = await this.search.correct(words);
    return { rows: query ? await this.search.page({ ...request, query }) : [], corrected: true };
  }
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
