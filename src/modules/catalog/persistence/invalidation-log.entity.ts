import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** That an item has changed; written by trigger, read by whoever tells the caches. */
@Entity({ schema: 'catalog', name: 'invalidation_log' })
export class InvalidationLogEntity {
  /** The number of the transaction that made the change. */
  @PrimaryColumn('bigint', { name: 'transaction_id', primaryKeyConstraintName: 'invalidation_log_pkey' })
  transactionId: string;

  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'invalidation_log_pkey',
  })
  id: string;

  @Column('uuid', { name: 'item_id' })
  itemId: string;

  /** Whether lists may look different now. */
  @Column('boolean')
  listing: boolean;
}
