import { ApiProperty } from '@nestjs/swagger';
import { MoneyDto } from '../../../platform/http/index.js';

/** A line of a captured payment. */
export class PaymentCapturedLineDto {
  @ApiProperty({ type: String })
  sku: string;

  @ApiProperty({ type: String })
  title: string;

  @ApiProperty({ type: 'integer', minimum: 1 })
  quantity: number;

  @ApiProperty({ type: () => MoneyDto })
  unitPrice: MoneyDto;
}

/** `data` of `payment.captured`. */
export class PaymentCapturedDataDto {
  @ApiProperty({ type: String, format: 'uuid' })
  paymentId: string;

  @ApiProperty({ type: () => MoneyDto })
  amount: MoneyDto;

  @ApiProperty({ type: () => [PaymentCapturedLineDto] })
  lines: PaymentCapturedLineDto[];

  @ApiProperty({ type: String, format: 'date-time' })
  capturedAt: string;
}

/** `data` of `payment.refunded`. */
export class PaymentRefundedDataDto {
  @ApiProperty({ type: String, format: 'uuid' })
  paymentId: string;

  @ApiProperty({ type: String, format: 'uuid' })
  refundId: string;

  /** What this refund gave back. */
  @ApiProperty({ type: () => MoneyDto })
  amount: MoneyDto;

  @ApiProperty({ type: String, format: 'date-time' })
  refundedAt: string;
}
