import { Injectable } from '@nestjs/common';
import { HttpProblems } from '../../platform/problems/index.js';
import { readCursor, writeCursor, type Position } from './domain/cursor.js';
import type { CategoryPageDto, PageQueryDto } from './http/catalog.dto.js';
import { Categories } from './persistence/categories.js';

const LIST = ['categories'];

/** The shelves, in the order that staff gave them. */
@Injectable()
export class ListCategories {
  constructor(private readonly categories: Categories) {}

  /** @throws Problem `validation_failed` for a cursor of another list */
  async execute({ limit, cursor }: PageQueryDto): Promise<CategoryPageDto> {
    const rows = await this.categories.page(limit + 1, cursor === undefined ? undefined : positionOf(cursor));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      data: rows.slice(0, limit).map(({ slug, title }) => ({ slug, title })),
      nextCursor: last ? writeCursor(LIST, { key: last.position, id: last.slug }) : null,
    };
  }
}

function positionOf(cursor: string): Position {
  const position = readCursor(LIST, cursor);
  if (!position) throw HttpProblems.validation_failed('The cursor does not belong to this list.', { errors: [{ pointer: '/cursor', message: 'must be the nextCursor of a page of the same list' }] });
  return position;
}
