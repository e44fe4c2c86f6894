import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A category; items name it by its slug. */
@Entity({ schema: 'catalog', name: 'categories' })
export class CategoryEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'categories_pkey' })
  slug: string;

  @Column('text')
  title: string;

  /** Ascending order of the list. */
  @Column('integer', { default: 1000 })
  position: number;
}
