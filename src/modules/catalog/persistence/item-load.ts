import type { Client } from 'pg';
import type { Category, NewItem } from '../domain/item.js';
import { itemSlug } from '../domain/slug.js';
import { copyRows, type Cell } from './copy-rows.js';

const ITEM_COLUMNS = `catalog.items (id, sku, slug, title, description, brand, categories, images,
  price_minor, currency, popularity, created_at, updated_at)`;
/** As many digits as a bigint holds in any case. */
const DIGITS_MAX = 18;

/** The largest number among the SKUs that are this prefix, of letters and hyphens, and digits. */
export async function findLastNumberOf(client: Client, prefix: string): Promise<number | undefined> {
  const { rows } = await client.query<{ last: string | null }>(
    'SELECT max(substring(sku FROM $2::integer)::bigint) AS last FROM catalog.items WHERE sku ~ $1',
    [`^${prefix}[0-9]{1,${DIGITS_MAX}}$`, prefix.length + 1],
  );
  const last = rows[0]?.last ?? null;
  return last === null ? undefined : Number(last);
}

/** Adds the categories that are not there yet, in this order. */
export async function addCategories(client: Client, categories: readonly Category[]): Promise<void> {
  await client.query(
    `INSERT INTO catalog.categories (slug, title, position)
       SELECT slug, title, ordinal
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS category (slug, title, ordinal)
     ON CONFLICT DO NOTHING`,
    [categories.map(({ slug }) => slug), categories.map(({ title }) => title)],
  );
}

/** Copies items into the tables themselves, without a staging table. */
export async function copyItems(client: Client, items: readonly NewItem[]): Promise<void> {
  await copyRows(client, ITEM_COLUMNS, itemCells(items));
  await copyRows(client, 'catalog.stock (item_id, quantity)', stockCells(items));
}

function* itemCells(items: readonly NewItem[]): Generator<Cell[]> {
  for (const item of items) {
    const arrived = item.arrivedAt.toISOString();
    yield [
      item.id,
      item.sku,
      itemSlug(item.title, item.sku),
      item.title,
      item.description,
      item.brand,
      item.categories,
      item.images,
      item.priceMinor,
      item.currency,
      item.popularity,
      arrived,
      arrived,
    ];
  }
}

function* stockCells(items: readonly NewItem[]): Generator<Cell[]> {
  for (const { id, quantity } of items) yield [id, quantity];
}
