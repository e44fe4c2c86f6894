import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What everything that is in flight has: who looks after it until when, and when it is looked at next. */
abstract class PendingOperationEntity {
  @Column('uuid', { name: 'account_id' })
  accountId: string;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('timestamptz', { name: 'next_attempt_at' })
  nextAttemptAt: Date;

  @Column('timestamptz', { name: 'leased_until', nullable: true })
  leasedUntil: Date | null;

  /** The provider has said something since the lease was taken. */
  @Column('boolean', { name: 'wake_requested', default: false })
  wakeRequested: boolean;
}

/** A payment in flight; the row goes when it is settled. */
@Entity({ schema: 'payments', name: 'pending_payments' })
@Index('pending_payments_due', ['nextAttemptAt'])
export class PendingPaymentEntity extends PendingOperationEntity {
  @PrimaryColumn('uuid', { name: 'payment_id', primaryKeyConstraintName: 'pending_payments_pkey' })
  paymentId: string;

  @Column('bytea', { name: 'card_token_sealed' })
  cardTokenSealed: Buffer;
}

/** A refund in flight. */
@Entity({ schema: 'payments', name: 'pending_refunds' })
@Index('pending_refunds_due', ['nextAttemptAt'])
export class PendingRefundEntity extends PendingOperationEntity {
  @PrimaryColumn('uuid', { name: 'refund_id', primaryKeyConstraintName: 'pending_refunds_pkey' })
  refundId: string;
}

/** A payment that failed here without the provider's word: it may hold money all the same. */
@Entity({ schema: 'payments', name: 'orphan_checks' })
@Index('orphan_checks_due', ['nextAttemptAt'])
export class OrphanCheckEntity extends PendingOperationEntity {
  @PrimaryColumn('uuid', { name: 'payment_id', primaryKeyConstraintName: 'orphan_checks_pkey' })
  paymentId: string;
}
