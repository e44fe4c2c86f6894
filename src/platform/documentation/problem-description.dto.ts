import { ApiProperty } from '@nestjs/swagger';

/** One row of the error catalogue. */
export class ProblemDescriptionDto {
  /** What an answer has as its `type`: the address of this description. */
  @ApiProperty({ type: String, example: '/problems/price_changed' })
  type: string;

  /** The stable name to program against. */
  @ApiProperty({ type: String, example: 'price_changed' })
  code: string;

  @ApiProperty({ type: String, example: 'The price has changed' })
  title: string;

  @ApiProperty({ type: 'integer', example: 409 })
  status: number;

  /** What to do about it. */
  @ApiProperty({ type: String, example: 'Show the new price and ask again.' })
  repair: string;

  /** Whether the same request may succeed later without a change. */
  @ApiProperty({ type: Boolean, example: false })
  retry: boolean;
}

/** The whole catalogue, by status and code. */
export class ProblemCatalogueDto {
  @ApiProperty({ type: () => [ProblemDescriptionDto] })
  data: ProblemDescriptionDto[];
}
