import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsDefined,
  IsInt,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { MoneyDto } from '../../../platform/http/index.js';
import { ITEM_BOUNDS, SLUG_LENGTH_MAX, SLUG_PATTERN } from '../domain/item.js';

const IMAGE_URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
/** Not class-validator's IsOptional, which lets null through. */
const MayBeLeftOut = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** The optional fields of an item. */
export class ItemDetailsDto {
  @ApiPropertyOptional({
    type: String,
    maxLength: ITEM_BOUNDS.descriptionMax,
    example: 'A hobbit leaves home without a handkerchief.',
  })
  @MayBeLeftOut()
  @IsString()
  @MaxLength(ITEM_BOUNDS.descriptionMax)
  description?: string;

  @ApiPropertyOptional({ type: String, maxLength: ITEM_BOUNDS.brandMax, example: 'J.R.R. Tolkien' })
  @MayBeLeftOut()
  @IsString()
  @MaxLength(ITEM_BOUNDS.brandMax)
  brand?: string;

  /** Slugs of existing categories. */
  @ApiPropertyOptional({ type: String, isArray: true, maxItems: ITEM_BOUNDS.categoriesMax, example: ['books'] })
  @MayBeLeftOut()
  @IsArray()
  @ArrayMaxSize(ITEM_BOUNDS.categoriesMax)
  @ArrayUnique()
  @MaxLength(SLUG_LENGTH_MAX, { each: true })
  @Matches(SLUG_PATTERN, { each: true, message: 'each value in categories must be a slug' })
  categories?: string[];

  /** Addresses of pictures, http or https. */
  @ApiPropertyOptional({
    type: String,
    isArray: true,
    maxItems: ITEM_BOUNDS.imagesMax,
    example: ['https://images.shop.example/books/7.jpg'],
  })
  @MayBeLeftOut()
  @IsArray()
  @ArrayMaxSize(ITEM_BOUNDS.imagesMax)
  @MaxLength(ITEM_BOUNDS.urlMax, { each: true })
  @IsUrl(IMAGE_URL, { each: true })
  images?: string[];

  /** How many can be sold. */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: ITEM_BOUNDS.quantityMax, example: 64 })
  @MayBeLeftOut()
  @IsInt()
  @Min(0)
  @Max(ITEM_BOUNDS.quantityMax)
  stock?: number;
}

/** A new item. */
export class CreateItemDto extends ItemDetailsDto {
  /** The merchant's own identifier; unique among the items that are not removed. */
  @ApiProperty({ type: String, minLength: 1, maxLength: ITEM_BOUNDS.skuMax, example: 'book-7' })
  @IsString()
  @Length(1, ITEM_BOUNDS.skuMax)
  @Matches(/^\S(?:.*\S)?$/u, { message: 'sku must not begin or end with a space' })
  sku: string;

  @ApiProperty({ type: String, minLength: 1, maxLength: ITEM_BOUNDS.titleMax, example: 'The Hobbit' })
  @IsString()
  @Length(1, ITEM_BOUNDS.titleMax)
  @Matches(/\S/, { message: 'title must not be empty' })
  title: string;

  @ApiProperty({ type: MoneyDto })
  @IsDefined()
  @ValidateNested()
  @Type(() => MoneyDto)
  price: MoneyDto;
}

/** What changes of an item; what is left out stays. */
export class ChangeItemDto extends ItemDetailsDto {
  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: ITEM_BOUNDS.skuMax, example: 'book-7' })
  @MayBeLeftOut()
  @IsString()
  @Length(1, ITEM_BOUNDS.skuMax)
  @Matches(/^\S(?:.*\S)?$/u, { message: 'sku must not begin or end with a space' })
  sku?: string;

  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: ITEM_BOUNDS.titleMax, example: 'The Hobbit' })
  @MayBeLeftOut()
  @IsString()
  @Length(1, ITEM_BOUNDS.titleMax)
  @Matches(/\S/, { message: 'title must not be empty' })
  title?: string;

  @ApiPropertyOptional({ type: MoneyDto })
  @MayBeLeftOut()
  @IsDefined()
  @ValidateNested()
  @Type(() => MoneyDto)
  price?: MoneyDto;
}
