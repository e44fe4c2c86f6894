import { Injectable } from '@nestjs/common';
import type { Served } from '../../platform/cache/index.js';
import { HttpProblems } from '../../platform/problems/index.js';
import { CatalogCaches } from './cache/catalog-caches.js';
import { readCursor, writeCursor, type Position } from './domain/cursor.js';
import type { CategoryPageDto, PageQueryDto } from './contract/catalog.dto.js';
import { Categories } from './persistence/categories.js';

const LIST = ['categories'];

/** The shelves, in the order that staff gave them. */
@Injectable()
export class ListCategories {
  constructor(
    private readonly caches: CatalogCaches,
    private readonly categories: Categories,
  ) {}

  /** @throws Problem `validation_failed` for a cursor of another list */
  async execute({ limit, cursor }: PageQueryDto): Promise<Served> {
    const after = cursor === undefined ? undefined : positionOf(cursor);
    return this.caches.categories.read(keyOf({ limit, cursor }), async () => {
      const { rows, version } = await this.categories.page(limit + 1, after);
      return { value: toPage(rows, limit), version, tags: [] };
    });
  }
}

/** The entry that a request is answered from. */
export const keyOf = ({ limit, cursor }: PageQueryDto): string => `${limit}.${cursor ?? ''}`;

function toPage(rows: readonly { slug: string; title: string; position: number }[], limit: number): CategoryPageDto {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    data: rows.slice(0, limit).map(({ slug, title }) => ({ slug, title })),
    nextCursor: last ? writeCursor(LIST, { key: last.position, id: last.slug }) : null,
  };
}

function positionOf(cursor: string): Position {
  const position = readCursor(LIST, cursor);
  if (!position)
    throw HttpProblems.validation_failed('The cursor does not belong to this list.', {
      errors: [{ pointer: '/cursor', message: 'must be the nextCursor of a page of the same list' }],
    });
  return position;
}
