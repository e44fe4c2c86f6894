import { Injectable } from '@nestjs/common';
import { Caches, type Change, type LayeredCache } from '../../../platform/cache/index.js';
import type { CategoryPageDto, HomeDto, ItemPageDto } from '../contract/catalog.dto.js';
import type { ItemDto } from '../contract/item.dto.js';
import { itemTagOf, tagOf } from '../contract/entity-tags.js';
import { policyOf } from './staleness.js';

/** A change of this tag may have changed any list. */
export const ANY_LISTING = '*listing';

/** An item that a page shows, or the page's order: either outdates it. */
export const tagsOfPage = (items: readonly { readonly id: string }[]): string[] => [
  ANY_LISTING,
  ...new Set(items.map(({ id }) => id)),
];

/** What a change of an item is announced as. @param names under which it may be held: its id and its slug */
export function changesOfItem({
  names,
  version,
  listing,
}: {
  names: readonly string[];
  version: number;
  listing: boolean;
}): Change[] {
  return [...names, ...(listing ? [ANY_LISTING] : [])].map((tag) => [tag, version]);
}

/** The catalog's caches, by the staleness that the registry allows them. */
@Injectable()
export class CatalogCaches {
  readonly home: LayeredCache<HomeDto>;
  readonly items: LayeredCache<ItemPageDto>;
  /** An item lies under its id and under its slug. */
  readonly item: LayeredCache<ItemDto>;
  readonly categories: LayeredCache<CategoryPageDto>;

  constructor(caches: Caches) {
    const ofListing = (): string[] => [ANY_LISTING];
    this.home = caches.define({ policy: policyOf('home'), etagOf: (_, bytes) => tagOf(bytes), watches: ofListing });
    this.items = caches.define({ policy: policyOf('items'), etagOf: (_, bytes) => tagOf(bytes), watches: ofListing });
    this.item = caches.define({
      policy: policyOf('item'),
      etagOf: (item, bytes) => itemTagOf(item, bytes),
      watches: (idOrSlug) => [idOrSlug],
    });
    this.categories = caches.define({
      policy: policyOf('categories'),
      etagOf: (_, bytes) => tagOf(bytes),
      watches: () => [],
    });
  }
}
