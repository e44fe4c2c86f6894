import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { CatalogProblems } from './catalog.problems.js';
import { assertCategoriesKnown, assertSellable } from './staff/item-rules.js';
import { itemSlug } from './domain/slug.js';
import { toItemDto, type ItemDto } from './contract/item.dto.js';
import { itemTagOf } from './contract/entity-tags.js';
import type { CreateItemDto } from './contract/staff-item.dto.js';
import { Categories } from './persistence/categories.js';
import { Items } from './persistence/items.js';
import { PublishItemChange } from './staff/publish-item-change.js';

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

  /** @throws Problem `sku_taken`, or `validation_failed` for an unknown category or currency and for a price of nothing */
  async execute({
    sku,
    title,
    description = '',
    brand = '',
    categories = [],
    images = [],
    price,
    stock = 0,
  }: CreateItemDto): Promise<ItemDto> {
    assertSellable(price);
    return this.database.transaction(async (tx) => {
      assertCategoriesKnown(await this.categories.unknownOf(tx, categories));
      const id = this.idempotency.workId();
      const content = {
        sku,
        title,
        description,
        brand,
        categories,
        images,
        priceMinor: BigInt(price.amount),
        currency: price.currency,
      };
      const item = await this.items.insert(tx, { id, slug: itemSlug(title, sku), quantity: stock, content });
      if (!item) throw CatalogProblems.sku_taken(`Another item has the SKU ${JSON.stringify(sku)}.`);
      await this.change.publish(tx, item, { listing: true });
      const body = toItemDto(item);
      await this.idempotency.answer(tx, {
        status: 201,
        body,
        headers: { location: `/v1/items/${id}`, etag: itemTagOf(body) },
      });
      return body;
    });
  }
}
