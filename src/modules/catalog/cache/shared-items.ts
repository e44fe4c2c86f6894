import { Inject, Injectable } from '@nestjs/common';
import type { Item } from '../domain/item.js';
import { CatalogCaches, type CachedItem } from './catalog-caches.js';

/** An item, or that it was removed, as of a version. */
export interface SharedItem {
  /** Under which clients ask for it; its bytes lie under the first. */
  readonly names: readonly string[];
  /** Undefined when it was removed. */
  readonly item: Item | undefined;
  readonly version: number;
}

/** Makes what clients get of an item; the module provides it, since what clients get is not the cache's to say. */
export type ItemPresenter = (item: Item) => CachedItem;

/** Injects the {@link ItemPresenter}. */
export const ITEM_PRESENTER = Symbol('ItemPresenter');

/** Puts items into the layer that the fleet shares, before the first request for them. */
@Injectable()
export class SharedItems {
  constructor(
    private readonly caches: CatalogCaches,
    @Inject(ITEM_PRESENTER) private readonly present: ItemPresenter,
  ) {}

  /**
   * @param asOf when the read began (ms)
   * @returns whether the shared layer has answered for all of them; false when it is unreachable or too slow
   */
  async put(items: readonly SharedItem[], asOf: number): Promise<boolean> {
    const loads = items.map(({ names, item, version }) => ({
      value: item && this.present(item),
      version,
      tags: names,
      keys: names,
    }));
    return this.caches.item.prime(loads, asOf);
  }
}
