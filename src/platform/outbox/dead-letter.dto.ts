import { ApiProperty } from '@nestjs/swagger';
import { LimitQueryDto } from '../http/index.js';
import type { DeadLetter } from './dead-letters.js';

/** The letters of all consumers are one list without pages. */
export class ListDeadLettersQueryDto extends LimitQueryDto {}

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
