import { Injectable } from '@nestjs/common';
import type { Recency } from '../../../platform/cache/index.js';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import type { Item } from '../domain/item.js';
import type { Position } from '../domain/position.js';
import { ITEM_COLUMNS, toItem, type ItemRow } from './item-row.js';
import { toVersionedRows, withVersion, type VersionedRows } from './read-version.js';

/** Orders that an index answers. */
export type IndexedSort = 'newest' | 'price' | '-price';

export interface PageRequest {
  readonly sort: IndexedSort;
  readonly category?: string;
  readonly limit: number;
  readonly after?: Position;
  /** Whether it has to be the latest, which only the primary is sure to have. */
  readonly recency: Recency;
}

/** An item with its position in the list, after which the next page begins. */
export interface ListedItem {
  readonly item: Item;
  readonly position: Position;
}

interface ListedRow extends ItemRow {
  sort_key: string;
}

export interface Order {
  readonly column: string;
  readonly descending: boolean;
  /** Brings the cursor's whole number to the column's type. */
  readonly parameter: string;
}

/** Milliseconds to a timestamp without a float between. */
const FROM_MILLISECONDS = `(timestamptz 'epoch' + $2::bigint * interval '1 millisecond')`;

export const ORDERS: Readonly<Record<IndexedSort | 'popular', Order>> = {
  newest: { column: 'created_at', descending: true, parameter: FROM_MILLISECONDS },
  price: { column: 'price_minor', descending: false, parameter: '$2::bigint' },
  '-price': { column: 'price_minor', descending: true, parameter: '$2::bigint' },
  popular: { column: 'popularity', descending: true, parameter: '$2::bigint' },
};

export const sortKey = (column: string): string =>
  column === 'created_at' ? '(extract(epoch FROM created_at) * 1000)::bigint' : `${column}::bigint`;

/** Pages of items that are not removed. The page's ids come from an index alone; only then are the wide rows read. */
@Injectable()
export class ItemPages {
  constructor(@InjectDatabase('catalog') private readonly database: ContextDatabase) {}

  async page({ sort, category, limit, after, recency }: PageRequest): Promise<VersionedRows<ListedItem>> {
    const { column, descending, parameter } = ORDERS[sort];
    const [source, id] = category === undefined ? ['catalog.items', 'id'] : ['catalog.item_categories', 'item_id'];
    const where = [
      category === undefined ? 'deleted_at IS NULL' : 'category_slug = $4',
      after
        ? `(${column}, ${id}) ${descending ? '<' : '>'} (${parameter}, $3::uuid)`
        : '$2::bigint IS NULL AND $3::uuid IS NULL',
    ].join(' AND ');
    const direction = descending ? 'DESC' : 'ASC';
    const reading = toVersionedRows<ListedRow>(
      await this.database.read(
        withVersion(`WITH page AS MATERIALIZED (
            SELECT ${id} AS id, ${sortKey(column)} AS sort_key FROM ${source}
             WHERE ${where} ORDER BY ${column} ${direction}, ${id} ${direction} LIMIT $1
          ) ${itemsOfPage(direction)}`),
        [limit, after?.key ?? null, after?.id ?? null, ...(category === undefined ? [] : [category])],
        recency,
      ),
    );
    return { rows: reading.rows.map(toListedItem), version: reading.version };
  }
}

/** Reads the rows of a page that a statement has made before: ids with their sort keys. */
export const itemsOfPage = (direction: 'ASC' | 'DESC'): string =>
  `SELECT ${ITEM_COLUMNS}, page.sort_key
     FROM page JOIN catalog.items AS i ON i.id = page.id LEFT JOIN catalog.stock AS s ON s.item_id = i.id
    ORDER BY page.sort_key ${direction}, page.id ${direction}`;

export function toListedItem(row: ListedRow): ListedItem {
  return { item: toItem(row), position: { key: Number(row.sort_key), id: row.id } };
}
