import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { Category } from '../domain/item.js';
import type { Position } from '../domain/position.js';
import { CategoryEntity } from './category.entity.js';
import { toVersionedRows, withVersion, type VersionedRows } from './read-version.js';

/** The categories, in the order that staff gave them. */
@Injectable()
export class Categories {
  constructor(@InjectDatabase('catalog') private readonly database: ContextDatabase) {}

  async page(limit: number, after: Position | undefined): Promise<VersionedRows<Category & { position: number }>> {
    return toVersionedRows<Category & { id: string; position: number }>(
      await this.database.read(
        withVersion(`SELECT slug AS id, slug, title, position FROM catalog.categories
          WHERE $2::bigint IS NULL OR (position, slug) > ($2::bigint, $3::text) ORDER BY position, slug LIMIT $1`),
        [limit, after?.key ?? null, after?.id ?? null],
        'any',
      ),
    );
  }

  /** The slugs without a category. */
  async unknownOf(tx: Transaction, slugs: readonly string[]): Promise<string[]> {
    if (slugs.length === 0) return [];
    const known = await tx.findBy(CategoryEntity, { slug: In([...slugs]) });
    return slugs.filter((slug) => !known.some((category) => category.slug === slug));
  }
}
