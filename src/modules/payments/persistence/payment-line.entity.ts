import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { PaymentEntity } from './payment.entity.js';

/** One item of a payment, in the payment's partition. */
@Entity({ schema: 'payments', name: 'payment_lines' })
@Check('payment_lines_quantity_positive', 'quantity > 0')
export class PaymentLineEntity {
  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'payment_lines_pkey' })
  accountId: string;

  @PrimaryColumn('uuid', { name: 'payment_id', primaryKeyConstraintName: 'payment_lines_pkey' })
  paymentId: string;

  @PrimaryColumn('integer', { name: 'line_number', primaryKeyConstraintName: 'payment_lines_pkey' })
  lineNumber: number;

  @ManyToOne(() => PaymentEntity, { nullable: false })
  @JoinColumn([
    { name: 'account_id', referencedColumnName: 'accountId', foreignKeyConstraintName: 'payment_lines_payment_fkey' },
    { name: 'payment_id', referencedColumnName: 'id', foreignKeyConstraintName: 'payment_lines_payment_fkey' },
  ])
  payment: Relation<PaymentEntity>;

  @Column('uuid', { name: 'item_id' })
  itemId: string;

  @Column('text')
  sku: string;

  @Column('text')
  title: string;

  @Column('integer')
  quantity: number;

  @Column('bigint', { name: 'unit_price_minor' })
  unitPriceMinor: string;
}
