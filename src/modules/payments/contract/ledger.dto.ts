import { ApiProperty } from '@nestjs/swagger';

/** A sum of minor units; unlike a price it can be negative, and is exact at any size. */
export class SumDto {
  @ApiProperty({ type: 'integer', example: 1299 })
  amount: bigint;

  @ApiProperty({ type: String, example: 'EUR' })
  currency: string;
}

export class AccountBalanceDto {
  @ApiProperty({ type: String, enum: ['cash', 'revenue', 'refunds'] })
  account: string;

  @ApiProperty({ type: () => SumDto })
  debit: SumDto;

  @ApiProperty({ type: () => SumDto })
  credit: SumDto;

  /** Debit less credit. */
  @ApiProperty({ type: () => SumDto })
  balance: SumDto;
}

/** The balance of each account; in every currency they add up to zero. */
export class TrialBalanceDto {
  @ApiProperty({ type: Boolean })
  balanced: boolean;

  @ApiProperty({ type: () => [AccountBalanceDto] })
  accounts: AccountBalanceDto[];

  /** The sum over all accounts, for each currency: zero. */
  @ApiProperty({ type: () => [SumDto] })
  totals: SumDto[];
}

export class LedgerEntryDto {
  @ApiProperty({ type: String, enum: ['cash', 'revenue', 'refunds'] })
  account: string;

  /** A debit is positive, a credit negative. */
  @ApiProperty({ type: () => SumDto })
  amount: SumDto;
}

export class LedgerTransactionDto {
  /** The id of the event that it follows from. */
  @ApiProperty({ type: String, format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, enum: ['capture', 'refund'] })
  kind: string;

  @ApiProperty({ type: String, format: 'date-time' })
  occurredAt: string;

  @ApiProperty({ type: String, format: 'date-time' })
  postedAt: string;

  @ApiProperty({ type: () => [LedgerEntryDto] })
  entries: LedgerEntryDto[];
}

/** Everything that was posted about one payment. */
export class PaymentLedgerDto {
  @ApiProperty({ type: String, format: 'uuid' })
  paymentId: string;

  @ApiProperty({ type: () => [LedgerTransactionDto] })
  transactions: LedgerTransactionDto[];

  /** Its balance on the cash account, for each currency. */
  @ApiProperty({ type: () => [SumDto] })
  cash: SumDto[];
}
