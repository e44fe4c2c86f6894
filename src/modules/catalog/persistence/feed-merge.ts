import type { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { itemSlug } from '../domain/slug.js';
import type { FeedItem } from '../domain/feed-item.js';
import { copyRows, type Cell } from './copy-rows.js';

/** How many of the feed's items were new, differed, or were there just so. */
export interface MergeCounts {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** A row whose SKU stood in the feed before. */
export interface Duplicate {
  readonly line: number;
  readonly sku: string;
  readonly firstLine: number;
}

/** Any constant that nothing else uses: two concurrent imports would lock each other's rows in any order. */
const IMPORT_LOCK = 228_252;
const DUPLICATES_AT_ONCE_MAX = 10_000;
/** Of a new item that the feed calls in stock without a quantity. */
const QUANTITY_BY_DEFAULT = 10;
const STAGING = `feed_items (line, id, sku, slug, title, description, brand, categories, category_titles, images,
  price_minor, currency, quantity)`;

/** Streams items into a temporary table of this transaction. */
export async function stageItems(client: Client, items: AsyncIterable<FeedItem>): Promise<void> {
  await client.query(`CREATE TEMPORARY TABLE feed_items (
    line bigint, id uuid, sku text, slug text, title text, description text, brand text,
    categories text[], category_titles text[], images text[], price_minor bigint, currency text, quantity integer
  ) ON COMMIT DROP`);
  await copyRows(client, STAGING, toCells(items));
  await client.query('CREATE INDEX ON feed_items (sku)');
  await client.query('ANALYZE feed_items');
}

async function* toCells(items: AsyncIterable<FeedItem>): AsyncGenerator<Cell[]> {
  for await (const item of items) {
    const slugs = item.categories.map(({ slug }) => slug);
    const titles = item.categories.map(({ title }) => title);
    yield [
      item.line,
      uuidv7(),
      item.sku,
      itemSlug(item.title, item.sku),
      item.title,
      item.description,
      item.brand,
      slugs,
      titles,
      item.images,
      item.priceMinor,
      item.currency,
      item.quantity ?? null,
    ];
  }
}

/** Removes rows whose SKU the feed had before; the first row counts. To be called until it returns none. */
export async function removeDuplicates(client: Client): Promise<Duplicate[]> {
  const { rows } = await client.query<{ line: string; sku: string; first_line: string }>(
    `WITH ranked AS (
       SELECT ctid, line, sku, first_value(line) OVER same_sku AS first_line, row_number() OVER same_sku AS rank
         FROM feed_items WINDOW same_sku AS (PARTITION BY sku ORDER BY line))
     DELETE FROM feed_items AS staged
      USING (SELECT * FROM ranked WHERE rank > 1 LIMIT ${DUPLICATES_AT_ONCE_MAX}) AS duplicate
      WHERE staged.ctid = duplicate.ctid RETURNING duplicate.line, duplicate.sku, duplicate.first_line`,
  );
  return rows.map(({ line, sku, first_line }) => ({ line: Number(line), sku, firstLine: Number(first_line) }));
}

/** Brings the catalog to what the staged items say, in four statements whatever their number. */
export async function mergeItems(client: Client): Promise<MergeCounts> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [IMPORT_LOCK]);
  await client.query(ADD_CATEGORIES);
  const changed = await client.query<{ changed: string }>(CHANGE_ITEMS);
  const added = await client.query<{ added: string }>(ADD_ITEMS);
  const staged = await client.query<{ staged: string }>('SELECT count(*) AS staged FROM feed_items');
  const counts = { added: Number(added.rows[0]?.added ?? 0), changed: Number(changed.rows[0]?.changed ?? 0) };
  return { ...counts, unchanged: Number(staged.rows[0]?.staged ?? 0) - counts.added - counts.changed };
}

const ADD_CATEGORIES = `
INSERT INTO catalog.categories (slug, title)
  SELECT DISTINCT ON (category.slug) category.slug, category.title
    FROM feed_items, unnest(categories, category_titles) AS category (slug, title)
   ORDER BY category.slug, line
  ON CONFLICT DO NOTHING`;

/**
 * Only what differs is written, so that a second run writes nothing. Stock is locked in the order of its ids, as a
 * reservation does. A feed without a quantity leaves the stock as it is, unless it is zero.
 */
const CHANGE_ITEMS = `
WITH pairs AS MATERIALIZED (
  SELECT i.id, f.title, f.description, f.brand, f.categories, f.images, f.price_minor, f.currency,
         s.quantity AS quantity_before,
         COALESCE(f.quantity, NULLIF(s.quantity, 0), ${QUANTITY_BY_DEFAULT}) AS quantity_after,
         (i.title, i.description, i.brand, i.categories, i.images, i.price_minor, i.currency) IS DISTINCT FROM
         (f.title, f.description, f.brand, f.categories, f.images, f.price_minor, f.currency) AS differs
    FROM feed_items AS f
    JOIN catalog.items AS i ON i.sku = f.sku AND i.deleted_at IS NULL
    JOIN catalog.stock AS s ON s.item_id = i.id
), contents AS (
  UPDATE catalog.items AS i
     SET title = p.title, description = p.description, brand = p.brand, categories = p.categories, images = p.images,
         price_minor = p.price_minor, currency = p.currency, version = i.version + 1, updated_at = now()
    FROM pairs AS p WHERE i.id = p.id AND p.differs RETURNING i.id
), locked AS MATERIALIZED (
  SELECT s.item_id, p.quantity_after
    FROM catalog.stock AS s JOIN pairs AS p ON p.id = s.item_id AND p.quantity_after <> p.quantity_before
   ORDER BY s.item_id FOR UPDATE OF s
), stocks AS (
  UPDATE catalog.stock AS s SET quantity = l.quantity_after
    FROM locked AS l WHERE s.item_id = l.item_id RETURNING s.item_id
)
SELECT count(*) AS changed FROM (SELECT id FROM contents UNION SELECT item_id FROM stocks) AS touched`;

/** Feeds list what sells best first: a new item's popularity follows from its line. */
const ADD_ITEMS = `
WITH added AS (
  INSERT INTO catalog.items
         (id, sku, slug, title, description, brand, categories, images, price_minor, currency, popularity)
    SELECT id, sku, slug, title, description, brand, categories, images, price_minor, currency,
           GREATEST(1, (1000000 / power(line, 0.8))::integer)
      FROM feed_items AS f
     WHERE NOT EXISTS (SELECT FROM catalog.items AS i WHERE i.sku = f.sku AND i.deleted_at IS NULL)
     ORDER BY line
    ON CONFLICT (sku) WHERE deleted_at IS NULL DO NOTHING
  RETURNING id
), stocked AS (
  INSERT INTO catalog.stock (item_id, quantity)
    SELECT added.id, COALESCE(f.quantity, ${QUANTITY_BY_DEFAULT})
      FROM added JOIN feed_items AS f ON f.id = added.id
  RETURNING item_id
)
SELECT count(*) AS added FROM stocked`;
