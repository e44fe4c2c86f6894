import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, ValidateNested } from 'class-validator';
import { MoneyDto } from '../../../platform/http/index.js';

export class RefundPaymentDto {
  /** How much to refund; the rest of the payment when left out. */
  @ApiPropertyOptional({ type: () => MoneyDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  amount?: MoneyDto;
}

/** A refund; `processing` always ends as `succeeded` or `failed`. */
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
