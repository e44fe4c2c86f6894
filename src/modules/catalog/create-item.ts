import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import type { Item } from './domain/item.js';
import { itemSlug } from './domain/slug.js';
import { Categories } from './persistence/categories.js';
import { Items } from './persistence/items.js';
import { assertCategoriesKnown, assertSellable, skuTaken, type Price } from './staff/item-rules.js';
import { PublishItemChange } from './staff/publish-item-change.js';

/** What staff say about a new item. */
export interface NewItem {
  readonly sku: string;
  readonly title: string;
  readonly description?: string;
  readonly brand?: string;
  readonly categories?: string[];
  readonly images?: string[];
  readonly price: Price;
  readonly stock?: number;
}

/** Puts an item into the catalog. */
@Injectable()
export class CreateItem {
  constructor(
    @InjectDatabase('catalog') private readonly database: ContextDatabase,
    private readonly items: Items,
    private readonly categories: Categories,
    private readonly idempotency: Idempotency,
    private readonly change: PublishItemChange,
  ) {}

  /** @throws Problem `sku_taken`, or `validation_failed` for an unknown category or currency and for a price of zero */
  async execute({ price, stock = 0, ...details }: NewItem): Promise<Item> {
    assertSellable(price);
    const { sku, title, description = '', brand = '', categories = [], images = [] } = details;
    const priced = { priceMinor: BigInt(price.amount), currency: price.currency };
    return this.database.transaction(async (tx) => {
      assertCategoriesKnown(await this.categories.unknownOf(tx, categories));
      const item = await this.items.insert(tx, {
        id: this.idempotency.workId(),
        slug: itemSlug(title, sku),
        quantity: stock,
        content: { sku, title, description, brand, categories, images, ...priced },
      });
      if (!item) throw skuTaken(sku);
      await this.change.publish(tx, item, { listing: true });
      await this.idempotency.answer(tx, item);
      return item;
    });
  }
}
