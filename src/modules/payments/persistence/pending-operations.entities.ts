import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What every pending operation has: the end of its lease, and when the next attempt is due. */
abstract class PendingOperationEntity {
  @Column('uuid', { name: 'account_id' })
  accountId: string;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('timestamptz', { name: 'next_attempt_at' })
  nextAttemptAt: Date;

  @Column('timestamptz', { name: 'leased_until', nullable: true })
  leasedUntil: Date | null;

  /** An event of the provider's has come since the lease was taken. */
  @Column('boolean', { name: 'wake_requested', default: false })
  wakeRequested: boolean;
}

/** A payment in flight; the row is deleted when it ends. */
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

/** The check of a payment that failed here without proof: the provider may hold its money all the same. */
@Entity({ schema: 'payments', name: 'orphan_checks' })
@Index('orphan_checks_due', ['nextAttemptAt'])
export class OrphanCheckEntity extends PendingOperationEntity {
  @PrimaryColumn('uuid', { name: 'payment_id', primaryKeyConstraintName: 'orphan_checks_pkey' })
  paymentId: string;
}
