import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A payment in flight; the row goes when it is settled. */
@Entity({ schema: 'payments', name: 'open_payments' })
@Index('open_payments_due', ['nextAttemptAt'])
export class OpenPaymentEntity {
  @PrimaryColumn('uuid', { name: 'payment_id', primaryKeyConstraintName: 'open_payments_pkey' })
  paymentId: string;

  @Column('uuid', { name: 'account_id' })
  accountId: string;

  @Column('bytea', { name: 'card_token_sealed' })
  cardTokenSealed: Buffer;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('timestamptz', { name: 'next_attempt_at' })
  nextAttemptAt: Date;
}

/** A refund in flight. */
@Entity({ schema: 'payments', name: 'open_refunds' })
@Index('open_refunds_due', ['nextAttemptAt'])
export class OpenRefundEntity {
  @PrimaryColumn('uuid', { name: 'refund_id', primaryKeyConstraintName: 'open_refunds_pkey' })
  refundId: string;

  @Column('uuid', { name: 'account_id' })
  accountId: string;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('timestamptz', { name: 'next_attempt_at' })
  nextAttemptAt: Date;
}
