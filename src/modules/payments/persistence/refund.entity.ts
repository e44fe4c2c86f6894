import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { PaymentEntity } from './payment.entity.js';

/** Money on its way back, in the payment's partition. */
@Entity({ schema: 'payments', name: 'refunds' })
@Check('refunds_status_known', "status IN ('processing', 'succeeded', 'failed')")
@Check('refunds_amount_positive', 'amount_minor > 0')
export class RefundEntity {
  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'refunds_pkey' })
  accountId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'refunds_pkey' })
  id: string;

  @Column('uuid', { name: 'payment_id' })
  paymentId: string;

  @ManyToOne(() => PaymentEntity, { nullable: false })
  @JoinColumn([
    { name: 'account_id', referencedColumnName: 'accountId', foreignKeyConstraintName: 'refunds_payment_fkey' },
    { name: 'payment_id', referencedColumnName: 'id', foreignKeyConstraintName: 'refunds_payment_fkey' },
  ])
  payment: Relation<PaymentEntity>;

  @Column('bigint', { name: 'amount_minor' })
  amountMinor: string;

  @Column('character', { length: 3 })
  currency: string;

  @Column('text')
  status: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
