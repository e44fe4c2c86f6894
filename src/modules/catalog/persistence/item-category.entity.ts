import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { CategoryEntity } from './category.entity.js';

/** Kept by trigger: an item on a shelf together with the keys that lists sort by. */
@Entity({ schema: 'catalog', name: 'item_categories' })
@Index('item_categories_newest', ['categorySlug', 'createdAt', 'itemId'])
@Index('item_categories_by_price', ['categorySlug', 'priceMinor', 'itemId'])
@Index('item_categories_popular', ['categorySlug', 'popularity', 'itemId'])
@Index('item_categories_of_item', ['itemId'])
export class ItemCategoryEntity {
  @PrimaryColumn('text', { name: 'category_slug', primaryKeyConstraintName: 'item_categories_pkey' })
  categorySlug: string;

  @PrimaryColumn('uuid', { name: 'item_id', primaryKeyConstraintName: 'item_categories_pkey' })
  itemId: string;

  @ManyToOne(() => CategoryEntity)
  @JoinColumn({ name: 'category_slug', foreignKeyConstraintName: 'item_categories_category_fkey' })
  category: Relation<CategoryEntity>;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt: Date;

  @Column('bigint', { name: 'price_minor' })
  priceMinor: string;

  @Column('integer')
  popularity: number;
}
