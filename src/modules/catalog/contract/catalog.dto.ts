import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { LimitQueryDto } from '../../../platform/http/index.js';
import { SLUG_LENGTH_MAX, SLUG_PATTERN } from '../domain/item.js';
import { SORTS, type Sort } from '../domain/sort.js';
import { ItemDto } from './item.dto.js';

const CURSOR_LENGTH_MAX = 300;
export const QUERY_LENGTH_MAX = 200;

/** Which page of a list. */
export class PageQueryDto extends LimitQueryDto {
  /** `nextCursor` of the page before; valid for the same filters and order only. */
  @ApiPropertyOptional({ type: String, maxLength: CURSOR_LENGTH_MAX })
  @IsOptional()
  @IsString()
  @Length(1, CURSOR_LENGTH_MAX)
  cursor?: string;
}

/** Which items, in which order. */
export class ListItemsQueryDto extends PageQueryDto {
  /** Slug of a category. */
  @ApiPropertyOptional({ type: String, maxLength: SLUG_LENGTH_MAX, example: 'books' })
  @IsOptional()
  @MaxLength(SLUG_LENGTH_MAX)
  @Matches(SLUG_PATTERN, { message: 'category must be a slug' })
  category?: string;

  /** Words to find; `"a phrase"`, `or` and `-not` work, and misspelt words are corrected. */
  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: QUERY_LENGTH_MAX, example: 'hobbit' })
  @IsOptional()
  @IsString()
  @Length(1, QUERY_LENGTH_MAX)
  q?: string;

  /** Default: `relevance` with `q`, else `newest`. `relevance` without `q` means `newest`. */
  @ApiPropertyOptional({ enum: SORTS, example: 'newest' })
  @IsOptional()
  @IsIn(SORTS)
  sort?: Sort;
}

/** A page of items. */
export class ItemPageDto {
  @ApiProperty({ type: ItemDto, isArray: true })
  data: ItemDto[];

  /** Null on the last page. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

/** A category of items. */
export class CategoryDto {
  @ApiProperty({ type: String, example: 'books' })
  slug: string;

  @ApiProperty({ type: String, example: 'Books' })
  title: string;
}

/** A page of categories. */
export class CategoryPageDto {
  @ApiProperty({ type: CategoryDto, isArray: true })
  data: CategoryDto[];

  /** Null on the last page. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

/** A row of items on the home page. */
export class HomeSectionDto {
  @ApiProperty({ type: String, example: 'popular' })
  slug: string;

  @ApiProperty({ type: String, example: 'Popular now' })
  title: string;

  @ApiProperty({ type: ItemDto, isArray: true })
  items: ItemDto[];
}

/** The home page. */
export class HomeDto {
  @ApiProperty({ type: HomeSectionDto, isArray: true })
  sections: HomeSectionDto[];

  /** When it was loaded, to the second. */
  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T09:30:00.000Z' })
  generatedAt: string;
}
