import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A payment; its table is hash-partitioned by account. */
@Entity({ schema: 'payments', name: 'payments' })
@Index('payments_reference_unique', { synchronize: false })
@Check('payments_status_known', "status IN ('processing', 'captured', 'failed')")
@Check('payments_amount_positive', 'amount_minor > 0')
@Check('payments_captured_when', "(status = 'captured') = (captured_at IS NOT NULL)")
@Check(
  'payments_refunds_within_capture',
  'refunded_minor >= 0 AND refund_pending_minor >= 0 AND refunded_minor + refund_pending_minor <= amount_minor',
)
export class PaymentEntity {
  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'payments_pkey' })
  accountId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'payments_pkey' })
  id: string;

  @Column('text', { nullable: true })
  reference: string | null;

  @Column('text')
  status: string;

  @Column('bigint', { name: 'amount_minor' })
  amountMinor: string;

  @Column('character', { length: 3 })
  currency: string;

  @Column('bigint', { name: 'refunded_minor', default: 0 })
  refundedMinor: string;

  @Column('bigint', { name: 'refund_pending_minor', default: 0 })
  refundPendingMinor: string;

  @Column('text', { name: 'provider_id', nullable: true })
  providerId: string | null;

  @Column('text', { nullable: true })
  failure: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'captured_at', nullable: true })
  capturedAt: Date | null;
}
