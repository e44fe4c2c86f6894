import { ApiProperty } from '@nestjs/swagger';
import { IsISO8601, Matches } from 'class-validator';

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

const MARK = 'exact-integer:';

/** JSON in which bigints are plain integers, at any size. */
export function toExactJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${MARK}${inner}` : inner));
  return text.replaceAll(new RegExp(`"${MARK}(-?\\d+)"`, 'g'), '$1');
}
