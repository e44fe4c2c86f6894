import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { Position } from '../domain/cursor.js';
import type { Category } from '../domain/item.js';
import { toReading, withVersion, type Reading } from './read-version.js';

/** The shelves, in the order that staff gave them. */
@Injectable()
export class Categories {
  constructor(@InjectDatabase('catalog') private readonly database: ContextDatabase) {}

  async page(limit: number, after: Position | undefined): Promise<Reading<Category & { position: number }>> {
    return toReading<Category & { id: string; position: number }>(
      await this.database.read(
        withVersion(`SELECT slug AS id, slug, title, position FROM catalog.categories
          WHERE $2::bigint IS NULL OR (position, slug) > ($2::bigint, $3::text) ORDER BY position, slug LIMIT $1`),
        [limit, after?.key ?? null, after?.id ?? null],
        'any',
      ),
    );
  }

  /** Those of the slugs that are no category. */
  async unknownOf(tx: Transaction, slugs: readonly string[]): Promise<string[]> {
    if (slugs.length === 0) return [];
    const rows: { slug: string }[] = await tx.query(
      'SELECT slug FROM unnest($1::text[]) AS slug WHERE NOT EXISTS (SELECT FROM catalog.categories AS c WHERE c.slug = slug.slug)',
      [slugs],
    );
    return rows.map(({ slug }) => slug);
  }
}
