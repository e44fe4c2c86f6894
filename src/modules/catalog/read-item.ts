import { Injectable } from '@nestjs/common';
import type { Recency } from '../../platform/cache/index.js';
import type { CacheableResult } from '../../platform/http-cache/index.js';
import { HttpProblems } from '../../platform/problems/index.js';
import type { Item } from './domain/item.js';
import { Items } from './persistence/items.js';

/** Longer than any id or slug: not worth asking the database. */
const NAME_LENGTH_MAX = 200;
const NAME = /^[\w-]+$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const NO_SUCH_ITEM = 'There is no item with this id or slug.';

/** An item page. */
@Injectable()
export class ReadItem {
  constructor(private readonly items: Items) {}

  async execute(idOrSlug: string, recency: Recency): Promise<CacheableResult<Item>> {
    const { item, version } = await this.items.find(keyOfItem(idOrSlug), recency);
    return { value: item, version, tags: item ? [item.id, item.slug] : [] };
  }
}

/**
 * The entry that answers a request: ids are the same in either case, slugs are not.
 * @throws Problem `not_found` for a name that no item can have
 */
export function keyOfItem(idOrSlug: string): string {
  if (idOrSlug.length > NAME_LENGTH_MAX || !NAME.test(idOrSlug)) throw HttpProblems.not_found(NO_SUCH_ITEM);
  return UUID.test(idOrSlug) ? idOrSlug.toLowerCase() : idOrSlug;
}
