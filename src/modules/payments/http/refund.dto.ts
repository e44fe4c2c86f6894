import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, ValidateNested } from 'class-validator';
import { MoneyDto, toMoneyDto } from '../../../platform/http/index.js';
import type { Refund } from '../persistence/refunds.js';

export class RefundPaymentDto {
  /** How much to give back; all that is left when left out. */
  @ApiPropertyOptional({ type: () => MoneyDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  amount?: MoneyDto;
}

/** Money given back; `processing` always ends as `succeeded` or `failed`. */
export class RefundDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, format: 'uuid' })
  paymentId: string;

  @ApiProperty({ type: () => MoneyDto })
  amount: MoneyDto;

  @ApiProperty({ type: String, enum: ['processing', 'succeeded', 'failed'] })
  status: 'processing' | 'succeeded' | 'failed';

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;
}

export function toRefundDto({ id, paymentId, amountMinor, currency, status, createdAt }: Refund): RefundDto {
  return { id, paymentId, amount: toMoneyDto(amountMinor, currency), status, createdAt: createdAt.toISOString() };
}
