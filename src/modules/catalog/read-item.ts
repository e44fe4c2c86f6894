import { Injectable } from '@nestjs/common';
import type { Served } from '../../platform/cache/index.js';
import { HttpProblems } from '../../platform/problems/index.js';
import { CatalogCaches } from './cache/catalog-caches.js';
import { toItemDto } from './contract/item.dto.js';
import { Items } from './persistence/items.js';

/** Longer than any id or slug: not worth asking the database. */
const NAME_LENGTH_MAX = 200;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An item page. */
@Injectable()
export class ReadItem {
  constructor(
    private readonly caches: CatalogCaches,
    private readonly items: Items,
  ) {}

  /** @throws Problem `not_found` */
  async execute(idOrSlug: string): Promise<Served> {
    const askable = idOrSlug.length <= NAME_LENGTH_MAX && /^[\w-]+$/.test(idOrSlug);
    if (!askable) throw noSuchItem();
    const served = await this.caches.item.read(keyOfItem(idOrSlug), async (recency) => {
      const { item, version } = await this.items.find(keyOfItem(idOrSlug), recency);
      if (!item) return { value: undefined, version, tags: [] };
      return { value: toItemDto(item), version, tags: [item.id, item.slug] };
    });
    if (served.entry.body === undefined) throw noSuchItem();
    return served;
  }
}

/** The entry that a request is answered from: ids are the same in either case, slugs are not. */
export const keyOfItem = (idOrSlug: string): string => (UUID.test(idOrSlug) ? idOrSlug.toLowerCase() : idOrSlug);

const noSuchItem = (): Error => HttpProblems.not_found('There is no item with this id or slug.');
