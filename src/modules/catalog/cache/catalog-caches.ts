import { Injectable } from '@nestjs/common';
import { Caches, type Change, type LayeredCache } from '../../../platform/cache/index.js';
import { entityTagOf, itemTagOf } from '../domain/item-tag.js';
import { policyOf } from './staleness.js';

/** A change of this tag may have changed any list. */
export const ANY_LISTING = '*listing';

/** What a page is invalidated by: a change of an item that it shows, or of the order of lists. */
export const tagsOfPage = (items: readonly { readonly id: string }[]): string[] => [
  ANY_LISTING,
  ...new Set(items.map(({ id }) => id)),
];

/** What a change of an item is published as. @param names under which it may be cached: its id and its slug */
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

/** What a cached item needs to have, as clients get it, besides what only its presenter knows. */
export interface CachedItem {
  readonly version: number;
  readonly availability: { readonly quantity: number };
}

/** The catalog's caches, by the staleness that the registry allows them. They keep what clients get. */
@Injectable()
export class CatalogCaches {
  /** An item lies under its id and under its slug. */
  readonly item: LayeredCache<CachedItem>;

  constructor(caches: Caches) {
    this.item = caches.define({
      policy: policyOf('item'),
      etagOf: ({ version, availability: { quantity } }, bytes) => itemTagOf({ version, quantity }, bytes),
      watches: (idOrSlug) => [idOrSlug],
    });
    const etagOf = (_: unknown, bytes: string): string => entityTagOf(bytes);
    caches.define<unknown>({ policy: policyOf('home'), etagOf, watches: () => [ANY_LISTING] });
    caches.define<unknown>({ policy: policyOf('items'), etagOf, watches: () => [ANY_LISTING] });
    caches.define<unknown>({ policy: policyOf('categories'), etagOf, watches: () => [] });
  }
}
