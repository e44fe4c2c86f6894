import type { Item } from '../domain/item.js';

/** An item as the driver gives it; bigint comes as text. */
export interface ItemRow {
  id: string;
  sku: string;
  slug: string;
  title: string;
  description: string;
  brand: string;
  categories: string[];
  images: string[];
  price_minor: string;
  currency: string;
  quantity: number | null;
  version: number;
  updated_at: Date;
}

/** For statements that call the items `i` and their stock `s`. */
export const ITEM_COLUMNS = `i.id, i.sku, i.slug, i.title, i.description, i.brand, i.categories, i.images,
  i.price_minor, i.currency, i.version, i.updated_at, s.quantity`;

export const ITEMS_WITH_STOCK = 'catalog.items AS i LEFT JOIN catalog.stock AS s ON s.item_id = i.id';

export function toItem(row: ItemRow): Item {
  return {
    id: row.id,
    sku: row.sku,
    slug: row.slug,
    title: row.title,
    description: row.description,
    brand: row.brand,
    categories: row.categories,
    images: row.images,
    priceMinor: BigInt(row.price_minor),
    currency: row.currency,
    quantity: row.quantity ?? 0,
    version: row.version,
    updatedAt: row.updated_at,
  };
}
