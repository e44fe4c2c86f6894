import type { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { PLAUSIBLE_CATEGORIES, plausibleItem, randomFrom } from '../domain/plausible-item.js';
import { itemSlug } from '../domain/slug.js';
import { copyRows, type Cell } from './copy-rows.js';

const SKU_PREFIX = 'gen-';
const SKU_DIGITS = 9;
const CURRENCY = 'EUR';
/** Two years from here on; the dates must not depend on the day of the run. */
const FIRST_ARRIVAL_MS = Date.UTC(2024, 0, 1);
const ARRIVALS_SPAN_MS = 730 * 86_400_000;
const ITEM_COLUMNS = `catalog.items (id, sku, slug, title, description, brand, categories, images,
  price_minor, currency, popularity, created_at, updated_at)`;

interface Load {
  readonly first: number;
  readonly count: number;
}

/** The number after the last generated item, so that another run adds more instead of the same. */
export async function nextNumber(client: Client): Promise<number> {
  const { rows } = await client.query<{ next: string }>(
    `SELECT COALESCE(max(substring(sku FROM ${SKU_PREFIX.length + 1})::bigint) + 1, 0) AS next
       FROM catalog.items WHERE sku ~ $1`,
    [`^${SKU_PREFIX}[0-9]{${SKU_DIGITS}}$`],
  );
  return Number(rows[0]?.next ?? 0);
}

/** Adds the categories of plausible items. */
export async function addPlausibleCategories(client: Client): Promise<void> {
  const slugs = PLAUSIBLE_CATEGORIES.map(({ slug }) => slug);
  const titles = PLAUSIBLE_CATEGORIES.map(({ title }) => title);
  await client.query(
    `INSERT INTO catalog.categories (slug, title, position)
       SELECT slug, title, ordinal
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS category (slug, title, ordinal)
     ON CONFLICT DO NOTHING`,
    [slugs, titles],
  );
}

/** Copies plausible items into the tables themselves, without a staging table. */
export async function copyPlausibleItems(client: Client, load: Load): Promise<void> {
  await copyRows(client, ITEM_COLUMNS, itemCells(load));
  await copyRows(client, 'catalog.stock (item_id, quantity)', stockCells(load));
}

function* itemCells({ first, count }: Load): Generator<Cell[]> {
  for (let number = first; number < first + count; number++) {
    const item = plausibleItem(number);
    const sku = `${SKU_PREFIX}${String(number).padStart(SKU_DIGITS, '0')}`;
    const arrivedMs = arrivalMs(item.arrival);
    const arrived = new Date(arrivedMs).toISOString();
    yield [
      idOf(number, arrivedMs),
      sku,
      itemSlug(item.title, sku),
      item.title,
      item.description,
      item.brand,
      [item.category.slug],
      item.images,
      item.priceMinor,
      CURRENCY,
      item.popularity,
      arrived,
      arrived,
    ];
  }
}

function* stockCells({ first, count }: Load): Generator<Cell[]> {
  for (let number = first; number < first + count; number++) {
    const { arrival, quantity } = plausibleItem(number);
    yield [idOf(number, arrivalMs(arrival)), quantity];
  }
}

const arrivalMs = (arrival: number): number => FIRST_ARRIVAL_MS + Math.floor(arrival * ARRIVALS_SPAN_MS);

/** A UUIDv7 of the arrival; its random part comes from the number, which is part of it, so that each id is unique. */
function idOf(number: number, msecs: number): string {
  const random = randomFrom(number + 0x5bd1e995);
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
  new DataView(bytes.buffer).setUint32(12, number);
  return uuidv7({ msecs, random: bytes, seq: Math.floor(random() * 0x7fffffff) });
}
