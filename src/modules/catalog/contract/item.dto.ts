import { ApiProperty } from '@nestjs/swagger';
import { MoneyDto } from '../../../platform/http/index.js';

/** Whether an item can be bought now. */
export class AvailabilityDto {
  @ApiProperty({ enum: ['in_stock', 'out_of_stock'], example: 'in_stock' })
  status: 'in_stock' | 'out_of_stock';

  @ApiProperty({ type: 'integer', minimum: 0, example: 64 })
  quantity: number;
}

/** What is sold. */
export class ItemDto {
  @ApiProperty({ type: String, format: 'uuid', example: '019a9f3c-7b1e-7c4e-9a53-0d6f1f3b8e21' })
  id: string;

  @ApiProperty({ type: String, example: 'book-7' })
  sku: string;

  /** Part of URLs; it stays when the title changes. */
  @ApiProperty({ type: String, example: 'the-hobbit-5b1f0c9d2e' })
  slug: string;

  @ApiProperty({ type: String, example: 'The Hobbit' })
  title: string;

  @ApiProperty({ type: String, example: 'A hobbit leaves home without a handkerchief.' })
  description: string;

  @ApiProperty({ type: String, example: 'J.R.R. Tolkien' })
  brand: string;

  /** Slugs of the item's categories. */
  @ApiProperty({ type: String, isArray: true, example: ['books', 'books-english'] })
  categories: string[];

  @ApiProperty({ type: String, isArray: true, example: ['https://images.shop.example/books/7.jpg'] })
  images: string[];

  @ApiProperty({ type: MoneyDto })
  price: MoneyDto;

  @ApiProperty({ type: AvailabilityDto })
  availability: AvailabilityDto;

  /** Incremented by each change by staff. */
  @ApiProperty({ type: 'integer', example: 3 })
  version: number;

  @ApiProperty({ type: String, format: 'date-time', example: '2026-01-31T09:30:00.000Z' })
  updatedAt: string;
}
