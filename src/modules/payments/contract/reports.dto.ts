import { ApiProperty } from '@nestjs/swagger';
import { IsISO8601, Matches } from 'class-validator';
import type { DifferenceKind } from '../domain/reconciliation.js';
import { SumDto } from './ledger.dto.js';

/** Years that a calendar of sales can hold; the database has no year 0. */
const DAY = /^(?:19|20)\d{2}-\d{2}-\d{2}$/;

export class ReportPeriodDto {
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

/** The ledger compared with the provider's own record, payment by payment. */
export class ReconciliationDto {
  @ApiProperty({ type: String, format: 'date' })
  from: string;

  @ApiProperty({ type: String, format: 'date' })
  to: string;

  /** False when the period holds more than one report can compare: choose a shorter one. */
  @ApiProperty({ type: Boolean })
  complete: boolean;

  /** How many charges of the provider were compared. */
  @ApiProperty({ type: 'integer' })
  compared: number;

  @ApiProperty({ type: () => [ReconciliationDifferenceDto] })
  differences: ReconciliationDifferenceDto[];
}
