import { toMoneyDto } from '../../../platform/http/index.js';
import type { Answer } from '../../../platform/idempotency/index.js';
import { itemTagOf } from '../domain/item-tag.js';
import type { Item } from '../domain/item.js';
import type { ItemDto } from './item.dto.js';

/** The item as clients get it. */
export function presentItem(item: Item): ItemDto {
  return {
    id: item.id,
    sku: item.sku,
    slug: item.slug,
    title: item.title,
    description: item.description,
    brand: item.brand,
    categories: [...item.categories],
    images: [...item.images],
    price: toMoneyDto(item.priceMinor, item.currency),
    availability: { status: item.quantity > 0 ? 'in_stock' : 'out_of_stock', quantity: item.quantity },
    version: item.version,
    updatedAt: item.updatedAt.toISOString(),
  };
}

/** What the creation of an item answers. */
export function presentNewItem(item: Item): Answer {
  const answer = presentChangedItem(item);
  return { ...answer, status: 201, headers: { ...answer.headers, location: `/v1/items/${item.id}` } };
}

/** What a change of an item answers. */
export function presentChangedItem(item: Item): Answer {
  const body = presentItem(item);
  return { status: 200, body, headers: { etag: itemTagOf(item, JSON.stringify(body)) } };
}
