import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import type { NewItem } from './create-item.js';
import { matchesItem, type Precondition } from './domain/item-tag.js';
import type { Item, ItemContent } from './domain/item.js';
import { Categories } from './persistence/categories.js';
import { Items } from './persistence/items.js';
import { assertCategoriesKnown, assertSellable, noSuchItem, skuTaken, versionMismatch } from './staff/item-rules.js';
import { PublishItemChange } from './staff/publish-item-change.js';

/** What staff change of an item; what is left out stays. */
export type ItemEdit = Partial<NewItem>;

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
   * @param basedOn the state of the item that the edit is based on
   * @throws Problem `not_found`, `version_mismatch`, `sku_taken`, or `validation_failed` as for a new item
   */
  async execute(itemId: string, edit: ItemEdit, basedOn: Precondition): Promise<Item> {
    const { stock } = edit;
    if (edit.price) assertSellable(edit.price);
    return this.database.transaction(async (tx) => {
      const before = await this.items.lock(tx, itemId, { stockToo: stock !== undefined });
      if (!before) throw noSuchItem();
      if (!matchesItem(basedOn, before, stock !== undefined)) throw versionMismatch(before.version);
      if (edit.categories) assertCategoriesKnown(await this.categories.unknownOf(tx, edit.categories));
      const changed = await this.items.change(tx, before, contentAfter(before, edit));
      if (!changed) throw skuTaken(edit.sku);
      if (stock !== undefined) await this.items.setStock(tx, itemId, stock);
      const item = { ...changed, quantity: stock ?? changed.quantity };
      await this.change.publish(tx, item, { listing: changesListings(edit) });
      await this.idempotency.answer(tx, item);
      return item;
    });
  }
}

function contentAfter(item: Item, { price, stock: _stock, ...edit }: ItemEdit): ItemContent {
  const named = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
  return { ...item, ...named, ...(price ? { priceMinor: BigInt(price.amount), currency: price.currency } : {}) };
}

/** The stock decides neither which items a list has nor their order; pages that show the item follow its id. */
function changesListings(edit: ItemEdit): boolean {
  return Object.entries(edit).some(([field, value]) => field !== 'stock' && value !== undefined);
}
