import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { DeadLetter } from './dead-letters.js';

export class ListDeadLettersQueryDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 24 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit = 24;
}

/** An event that a consumer gave up on. */
export class DeadLetterDto {
  @ApiProperty({ type: String, example: 'payments-ledger' })
  consumer: string;

  /** Names the letter among those of its consumer. */
  @ApiProperty({ type: String })
  jobId: string;

  @ApiProperty({ type: String, format: 'uuid' })
  eventId: string;

  @ApiProperty({ type: String, example: 'payments.payment-captured.v1' })
  eventType: string;

  @ApiProperty({ type: 'integer', minimum: 0 })
  attempts: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  failedAt: string | null;

  /** What the last attempt failed with. */
  @ApiProperty({ type: String })
  reason: string;

  @ApiProperty({ type: String })
  stack: string;
}

/** The newest dead letters of all consumers. */
export class DeadLetterListDto {
  @ApiProperty({ type: () => [DeadLetterDto] })
  data: DeadLetterDto[];

  /** How many there are, also where not all are shown. */
  @ApiProperty({ type: 'integer', minimum: 0 })
  total: number;
}

export function toDeadLetterDto({ failedAt, ...letter }: DeadLetter): DeadLetterDto {
  return { ...letter, failedAt: failedAt?.toISOString() ?? null };
}
