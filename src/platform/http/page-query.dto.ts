import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { CURSOR_PATTERN } from './cursor.js';
import { LimitQueryDto } from './limit-query.dto.js';

/** The query of a list whose rows have time-ordered ids. */
export class PageQueryDto extends LimitQueryDto {
  /** The `nextCursor` of the page before. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @Matches(CURSOR_PATTERN)
  cursor?: string;
}
