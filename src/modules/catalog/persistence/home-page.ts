import { Injectable } from '@nestjs/common';
import type { Recency } from '../../../platform/cache/index.js';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import type { Item } from '../domain/item.js';
import { ITEM_COLUMNS, toItem, type ItemRow } from './item-row.js';
import { toVersionedRows, withVersion, type VersionedRows } from './read-version.js';

/** An item with the section of the home page that shows it. */
export interface SectionItem {
  readonly section: { readonly slug: string; readonly title: string };
  readonly item: Item;
}

interface Row extends ItemRow {
  section_slug: string;
  section_title: string;
}

/** The page in one round trip: each section is the beginning of one index, then the rows are read by their keys. */
const HOME = `WITH first_categories AS MATERIALIZED (
    SELECT slug, title, 1 + row_number() OVER (ORDER BY position, slug) AS section
      FROM (SELECT slug, title, position FROM catalog.categories ORDER BY position, slug LIMIT $2) AS first
  ), entries AS (
    (SELECT 0 AS section, 'popular' AS slug, 'Popular now' AS title, popularity AS rank, id
       FROM catalog.items WHERE deleted_at IS NULL ORDER BY popularity DESC, id DESC LIMIT $1)
    UNION ALL
    (SELECT 1, 'new', 'Just arrived', (extract(epoch FROM created_at) * 1000)::bigint, id
       FROM catalog.items WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $1)
    UNION ALL
    SELECT category.section, 'category-' || category.slug, category.title, best.popularity, best.item_id
      FROM first_categories AS category
     CROSS JOIN LATERAL (
       SELECT popularity, item_id FROM catalog.item_categories AS listed
        WHERE listed.category_slug = category.slug ORDER BY popularity DESC, item_id DESC LIMIT $1) AS best
  )
  SELECT entries.slug AS section_slug, entries.title AS section_title, ${ITEM_COLUMNS}
    FROM entries JOIN catalog.items AS i ON i.id = entries.id LEFT JOIN catalog.stock AS s ON s.item_id = i.id
   ORDER BY entries.section, entries.rank DESC, entries.id DESC`;

/** What is popular, what is new, and the best of the first categories. */
@Injectable()
export class HomePage {
  constructor(@InjectDatabase('catalog') private readonly database: ContextDatabase) {}

  /** One statement, on the replica unless it has to be the latest. */
  async read({
    sectionSize,
    categoriesMax,
    recency,
  }: {
    sectionSize: number;
    categoriesMax: number;
    recency: Recency;
  }): Promise<VersionedRows<SectionItem>> {
    const { rows, version } = toVersionedRows<Row>(
      await this.database.read(withVersion(HOME), [sectionSize, categoriesMax], recency),
    );
    return {
      rows: rows.map((row) => ({ section: { slug: row.section_slug, title: row.section_title }, item: toItem(row) })),
      version,
    };
  }
}
