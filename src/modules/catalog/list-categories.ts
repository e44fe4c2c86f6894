import { Injectable } from '@nestjs/common';
import type { CacheableResult } from '../../platform/http-cache/index.js';
import { readCursor, writeCursor } from '../../platform/http/index.js';
import { HttpProblems } from '../../platform/problems/index.js';
import { partsOf, toPosition, type Position } from './domain/position.js';
import { Categories } from './persistence/categories.js';

const LIST = ['categories'];

/** Which page of a list. */
export interface PageQuery {
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** A page of categories as it is read. */
export interface CategoryPage {
  readonly categories: readonly { readonly slug: string; readonly title: string }[];
  readonly nextCursor: string | null;
}

/** The categories, in the order that staff gave them. */
@Injectable()
export class ListCategories {
  constructor(private readonly categories: Categories) {}

  /** @throws Problem `validation_failed` for a cursor of another list */
  async execute({ limit, cursor }: PageQuery): Promise<CacheableResult<CategoryPage>> {
    // One more than asked for tells whether there is a next page.
    const { rows, version } = await this.categories.page(limit + 1, positionOf(cursor));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const nextCursor = last ? writeCursor(LIST, partsOf({ key: last.position, id: last.slug })) : null;
    return { value: { categories: rows.slice(0, limit), nextCursor }, version, tags: [] };
  }
}

/** The entry that answers a request. @throws Problem `validation_failed` for a cursor of another list */
export function keyOfCategories({ limit, cursor }: PageQuery): string {
  positionOf(cursor);
  return `${limit}.${cursor ?? ''}`;
}

function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const position = toPosition(readCursor(LIST, cursor) ?? []);
  if (!position)
    throw HttpProblems.validation_failed('The cursor does not belong to this list.', {
      errors: [{ pointer: '/cursor', message: 'must be the nextCursor of a page of the same list' }],
    });
  return position;
}
