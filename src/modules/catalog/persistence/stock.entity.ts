import { Check, Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { ItemEntity } from './item.entity.js';

/** How many of an item can be sold; apart from the item, so that a sale does not rewrite the wide row. */
@Entity({ schema: 'catalog', name: 'stock' })
@Check('stock_quantity_not_negative', 'quantity >= 0')
export class StockEntity {
  @PrimaryColumn('uuid', { name: 'item_id', primaryKeyConstraintName: 'stock_pkey' })
  itemId: string;

  @OneToOne(() => ItemEntity)
  @JoinColumn({ name: 'item_id', foreignKeyConstraintName: 'stock_item_fkey' })
  item: Relation<ItemEntity>;

  @Column('integer')
  quantity: number;
}
