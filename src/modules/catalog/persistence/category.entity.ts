import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A shelf; items name it by its slug. */
@Entity({ schema: 'catalog', name: 'categories' })
export class CategoryEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'categories_pkey' })
  slug: string;

  @Column('text')
  title: string;

  /** Smaller stands first. */
  @Column('integer', { default: 1000 })
  position: number;
}
