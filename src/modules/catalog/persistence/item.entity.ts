import { Check, Column, Entity, Index, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

/** What is sold: its content and its true price. Removed items stay for the payments that name them. */
@Entity({ schema: 'catalog', name: 'items' })
@Check('items_price_positive', 'price_minor > 0')
@Check('items_currency_is_a_code', `currency ~ '^[A-Z]{3}$'`)
@Index('items_sku_live', { synchronize: false })
@Index('items_slug_live', { synchronize: false })
@Index('items_newest', { synchronize: false })
@Index('items_by_price', { synchronize: false })
@Index('items_popular', { synchronize: false })
@Index('items_search', { synchronize: false })
export class ItemEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'items_pkey' })
  id: string;

  @Column('text')
  sku: string;

  @Column('text')
  slug: string;

  @Column('text')
  title: string;

  @Column('text', { default: '' })
  description: string;

  @Column('text', { default: '' })
  brand: string;

  /** Slugs of categories. */
  @Column('text', { array: true, default: [] })
  categories: string[];

  @Column('text', { array: true, default: [] })
  images: string[];

  @Column('bigint', { name: 'price_minor' })
  priceMinor: string;

  @Column('text')
  currency: string;

  /** Incremented by each change by staff or import, not by a sale. */
  @VersionColumn({ type: 'integer', default: 1 })
  version: number;

  @Column('integer', { default: 0 })
  popularity: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', name: 'deleted_at', precision: 3, nullable: true })
  deletedAt: Date | null;

  /** Filled by trigger. */
  @Column({ type: 'tsvector', nullable: true, select: false, insert: false, update: false })
  search: string | null;
}
