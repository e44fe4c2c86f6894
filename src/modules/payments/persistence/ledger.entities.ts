import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';

/** A ledger transaction; its id is the id of the event that it follows from. */
@Entity({ schema: 'payments', name: 'ledger_transactions' })
@Index('ledger_transactions_of_payment', ['paymentId'])
@Index('ledger_transactions_occurred', ['occurredAt'])
export class LedgerTransactionEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'ledger_transactions_pkey' })
  id: string;

  @Column('text')
  kind: string;

  @Column('uuid', { name: 'payment_id' })
  paymentId: string;

  @Column('timestamptz', { name: 'occurred_at' })
  occurredAt: Date;

  @Column('timestamptz', { name: 'posted_at', default: () => 'now()' })
  postedAt: Date;
}

/** One entry of a ledger transaction. */
@Entity({ schema: 'payments', name: 'ledger_entries' })
@Check('ledger_entries_account_known', "account IN ('cash', 'revenue', 'refunds')")
@Check('ledger_entries_not_zero', 'amount_minor <> 0')
export class LedgerEntryEntity {
  @PrimaryColumn('uuid', { name: 'transaction_id', primaryKeyConstraintName: 'ledger_entries_pkey' })
  transactionId: string;

  @PrimaryColumn('integer', { name: 'entry_number', primaryKeyConstraintName: 'ledger_entries_pkey' })
  entryNumber: number;

  @ManyToOne(() => LedgerTransactionEntity, { nullable: false })
  @JoinColumn({ name: 'transaction_id', foreignKeyConstraintName: 'ledger_entries_transaction_fkey' })
  transaction: Relation<LedgerTransactionEntity>;

  @Column('text')
  account: string;

  @Column('character', { length: 3 })
  currency: string;

  @Column('numeric', { name: 'amount_minor', precision: 38, scale: 0 })
  amountMinor: string;
}

/** A shard of the sales of a day in a currency; the shards are added up when read. */
@Entity({ schema: 'payments', name: 'sales_per_day' })
export class SalesPerDayEntity {
  @PrimaryColumn('date', { primaryKeyConstraintName: 'sales_per_day_pkey' })
  day: string;

  @PrimaryColumn('character', { length: 3, primaryKeyConstraintName: 'sales_per_day_pkey' })
  currency: string;

  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'sales_per_day_pkey', default: 0 })
  shard: number;

  @Column('bigint', { default: 0 })
  payments: string;

  @Column('numeric', { name: 'captured_minor', precision: 38, scale: 0, default: 0 })
  capturedMinor: string;

  @Column('numeric', { name: 'refunded_minor', precision: 38, scale: 0, default: 0 })
  refundedMinor: string;
}
