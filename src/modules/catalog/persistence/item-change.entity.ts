import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** That an item has changed; written by trigger, read by whoever tells the caches. */
@Entity({ schema: 'catalog', name: 'item_changes' })
@Index('item_changes_by_transaction', { synchronize: false })
export class ItemChangeEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS', primaryKeyConstraintName: 'item_changes_pkey' })
  id: string;

  /** The number of the transaction that made the change. */
  @Column('bigint', { name: 'transaction_id' })
  transactionId: string;

  @Column('uuid', { name: 'item_id' })
  itemId: string;

  /** Whether lists may look different now. */
  @Column('boolean')
  listing: boolean;
}
