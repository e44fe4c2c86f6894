import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { MoneyDto } from '../../../platform/http/index.js';

const LINES_MAX = 50;
const QUANTITY_MAX = 1_000;

export class OrderLineDto {
  @ApiProperty({ type: String, format: 'uuid' })
  @IsUUID()
  itemId: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: QUANTITY_MAX, example: 1 })
  @IsInt()
  @Min(1)
  @Max(QUANTITY_MAX)
  quantity: number;

  /** The price that was shown: when it is no longer true, the payment is refused and nothing is charged. */
  @ApiPropertyOptional({ type: () => MoneyDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MoneyDto)
  expectedUnitPrice?: MoneyDto;
}

export class MakePaymentDto {
  @ApiProperty({ type: () => [OrderLineDto], minItems: 1, maxItems: LINES_MAX })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(LINES_MAX)
  @ValidateNested({ each: true })
  @Type(() => OrderLineDto)
  items: OrderLineDto[];

  /** The provider's token of a card; never a card number. */
  @ApiProperty({ type: String, pattern: '^tok_[A-Za-z0-9_]{1,64}$', example: 'tok_ok' })
  @Matches(/^tok_[A-Za-z0-9_]{1,64}$/)
  paymentMethod: string;

  /** Your own order number, 1 to 64 printable ASCII characters: one payment that did not fail has it. */
  @ApiPropertyOptional({
    type: String,
    pattern: '^[\\x21-\\x7E](?:[\\x20-\\x7E]{0,62}[\\x21-\\x7E])?$',
    example: 'order-1',
  })
  @IsOptional()
  @Matches(/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/)
  reference?: string;
}

export class PaymentLineDto {
  @ApiProperty({ type: String, format: 'uuid' })
  itemId: string;

  @ApiProperty({ type: String })
  sku: string;

  @ApiProperty({ type: String })
  title: string;

  @ApiProperty({ type: 'integer', minimum: 1 })
  quantity: number;

  @ApiProperty({ type: () => MoneyDto })
  unitPrice: MoneyDto;
}

/** A payment; `processing` always ends as `captured` or `failed`. */
export class PaymentDto {
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, enum: ['processing', 'captured', 'failed'] })
  status: 'processing' | 'captured' | 'failed';

  @ApiProperty({ type: () => MoneyDto })
  amount: MoneyDto;

  @ApiProperty({ type: () => [PaymentLineDto] })
  lines: PaymentLineDto[];

  /** What was refunded so far. */
  @ApiProperty({ type: () => MoneyDto })
  refunded: MoneyDto;

  @ApiProperty({ type: String, nullable: true, example: 'order-1' })
  reference: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  capturedAt: string | null;
}

/** A page of payments, the newest first. */
export class PaymentPageDto {
  @ApiProperty({ type: () => [PaymentDto] })
  data: PaymentDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
