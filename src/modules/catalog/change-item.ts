import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { CatalogProblems } from './catalog.problems.js';
import { matchesItem } from './domain/item-tag.js';
import type { Item, ItemContent } from './domain/item.js';
import { toItemDto, type ItemDto } from './contract/item.dto.js';
import { itemTagOf } from './contract/entity-tags.js';
import type { ChangeItemDto } from './contract/staff-item.dto.js';
import { assertCategoriesKnown, assertSellable, noSuchItem, somebodyElseWasFirst } from './staff/item-rules.js';
import { Categories } from './persistence/categories.js';
import { Items } from './persistence/items.js';
import { PublishItemChange } from './staff/publish-item-change.js';

/** Changes an item's content, price or stock. */
@Injectable()
export class ChangeItem {
  constructor(
    @InjectDatabase('catalog') private readonly database: ContextDatabase,
    private readonly items: Items,
    private readonly categories: Categories,
    private readonly idempotency: Idempotency,
    private readonly change: PublishItemChange,
  ) {}

  /**
   * @param ifMatch the client's `If-Match` header
   * @throws Problem `not_found`, `version_mismatch`, `sku_taken`, or `validation_failed` as for a new item
   */
  async execute(itemId: string, changes: ChangeItemDto, ifMatch: string | undefined): Promise<ItemDto> {
    if (changes.price) assertSellable(changes.price);
    return this.database.transaction(async (tx) => {
      const setsStock = changes.stock !== undefined;
      const before = await this.items.lock(tx, itemId, { stockToo: setsStock });
      if (!before) throw noSuchItem();
      if (!matchesItem(ifMatch, before, setsStock)) throw somebodyElseWasFirst(before.version);
      if (changes.categories) assertCategoriesKnown(await this.categories.unknownOf(tx, changes.categories));
      const changed = await this.items.change(tx, before, contentAfter(before, changes));
      if (!changed) throw CatalogProblems.sku_taken(`Another item has the SKU ${JSON.stringify(changes.sku)}.`);
      if (changes.stock !== undefined) await this.items.setStock(tx, itemId, changes.stock);
      await this.change.publish(tx, changed, {
        listing: Object.entries(changes).some(([field, value]) => field !== 'stock' && value !== undefined),
      });
      const body = toItemDto({ ...changed, quantity: changes.stock ?? changed.quantity });
      await this.idempotency.answer(tx, { status: 200, body, headers: { etag: itemTagOf(body) } });
      return body;
    });
  }
}

function contentAfter(item: Item, { price, stock: _stock, ...changes }: ChangeItemDto): ItemContent {
  const named = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...item, ...named, ...(price ? { priceMinor: BigInt(price.amount), currency: price.currency } : {}) };
}
