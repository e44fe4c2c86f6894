import { Injectable } from '@nestjs/common';
import { CatalogCaches } from './catalog-caches.js';
import type { Item } from '../domain/item.js';
import { toItemDto } from '../contract/item.dto.js';

/** An item, or that it is gone, as of a version. */
export interface SharedItem {
  /** Under which it is asked for; its bytes lie under the first. */
  readonly names: readonly string[];
  /** Undefined when it is gone. */
  readonly item: Item | undefined;
  readonly version: number;
}

/** Puts items into the layer that the fleet shares, before anybody asks for them. */
@Injectable()
export class SharedItems {
  constructor(private readonly caches: CatalogCaches) {}

  /**
   * @param asOf when the reading began (ms)
   * @returns whether the shared layer has judged all of them; false when it is gone or silent
   */
  async put(items: readonly SharedItem[], asOf: number): Promise<boolean> {
    const loads = items.map(({ names, item, version }) => ({
      value: item && toItemDto(item),
      version,
      tags: names,
      keys: names,
    }));
    return this.caches.item.prime(loads, asOf);
  }
}
