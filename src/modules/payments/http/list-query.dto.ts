import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { HttpProblems } from '../../../platform/problems/index.js';

const CURSOR_PATTERN = /^[A-Za-z0-9_-]{22}$/;

export class ListPaymentsQueryDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 24 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit = 24;

  /** The `nextCursor` of the page before. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @Matches(CURSOR_PATTERN)
  cursor?: string;
}

const DAY_MS = 86_400_000;

/** @throws Problem `validation_failed` for a period of days that ends before it begins, or is longer than allowed */
export function refusePeriod(from: string, to: string, daysMax: number): void {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (days < 0 || days > daysMax)
    throw HttpProblems.validation_failed('The period is not valid.', {
      errors: [{ pointer: '/to', message: `must be ${daysMax} days or less after \`from\`` }],
    });
}

/** The id of the last row as an opaque cursor: its 16 bytes. */
export function writeCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

export function readCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
