import { ApiProperty } from '@nestjs/swagger';
import { IsISO8601, Matches } from 'class-validator';
import type { DifferenceKind } from '../domain/reconciliation.js';

/** Years that a calendar of sales can hold; the database knows no year 0. */
const DAY = /^(?:19|20)\d{2}-\d{2}-\d{2}$/;

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

/** What stands on each account; in every currency the balances add up to nothing. */
export class TrialBalanceDto {
  @ApiProperty({ type: Boolean })
  balanced: boolean;

  @ApiProperty({ type: () => [AccountBalanceDto] })
  accounts: AccountBalanceDto[];

  /** The sum over all accounts, for each currency: zero. */
  @ApiProperty({ type: () => [SumDto] })
  totals: SumDto[];
}

export class SalesQueryDto {
  /** The first day, in UTC. */
  @ApiProperty({ type: String, format: 'date', example: '2026-11-01' })
  @Matches(DAY)
  @IsISO8601({ strict: true })
  from: string;

  /** The last day, included. */
  @ApiProperty({ type: String, format: 'date', example: '2026-11-30' })
  @Matches(DAY)
  @IsISO8601({ strict: true })
  to: string;
}

export class SalesOfDayDto {
  @ApiProperty({ type: String, format: 'date' })
  day: string;

  @ApiProperty({ type: String, example: 'EUR' })
  currency: string;

  @ApiProperty({ type: 'integer' })
  payments: number;

  @ApiProperty({ type: () => SumDto })
  captured: SumDto;

  @ApiProperty({ type: () => SumDto })
  refunded: SumDto;
}

/** Sales per day and currency; a day without any is left out. */
export class SalesReportDto {
  @ApiProperty({ type: () => [SalesOfDayDto] })
  data: SalesOfDayDto[];
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

  /** What is left of it on the cash account, for each currency. */
  @ApiProperty({ type: () => [SumDto] })
  cash: SumDto[];
}

export class ReconciliationDifferenceDto {
  @ApiProperty({ type: String, format: 'uuid' })
  paymentId: string;

  @ApiProperty({ type: String, enum: ['not_posted', 'not_at_provider', 'amount_differs', 'charged_twice', 'held'] })
  kind: DifferenceKind;

  @ApiProperty({ type: () => SumDto })
  provider: SumDto;

  @ApiProperty({ type: () => SumDto })
  ledger: SumDto;

  /** Younger than a quarter of an hour: recovery or the outbox may be about to end it. */
  @ApiProperty({ type: Boolean })
  settling: boolean;
}

/** The ledger beside the provider's own record, payment by payment. */
export class ReconciliationDto {
  @ApiProperty({ type: String, format: 'date' })
  from: string;

  @ApiProperty({ type: String, format: 'date' })
  to: string;

  /** False when there was more than one report can look at: ask for a shorter period. */
  @ApiProperty({ type: Boolean })
  complete: boolean;

  /** How many charges of the provider's were compared. */
  @ApiProperty({ type: 'integer' })
  compared: number;

  @ApiProperty({ type: () => [ReconciliationDifferenceDto] })
  differences: ReconciliationDifferenceDto[];
}

const MARK = 'exact-integer:';

/** JSON in which bigints are plain integers, at any size. */
export function toExactJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${MARK}${inner}` : inner));
  return text.replaceAll(new RegExp(`"${MARK}(-?\\d+)"`, 'g'), '$1');
}
