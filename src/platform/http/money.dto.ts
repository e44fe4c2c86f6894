import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Matches, Max, Min } from 'class-validator';

/** An amount of money: minor units and their currency; never a float. */
export class MoneyDto {
  /** Whole minor units (cents for EUR, yen for JPY). */
  @ApiProperty({ type: 'integer', format: 'int64', example: 1299, minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  amount: number;

  /** ISO 4217 code. */
  @ApiProperty({ type: String, example: 'EUR', pattern: '^[A-Z]{3}$' })
  @Matches(/^[A-Z]{3}$/)
  currency: string;
}

/**
 * Puts an amount on the wire.
 * @throws RangeError when JSON's numbers could not hold it exactly
 */
export function toMoneyDto(amountMinor: bigint, currency: string): MoneyDto {
  const amount = Number(amountMinor);
  if (!Number.isSafeInteger(amount))
    throw new RangeError(`An amount of ${amountMinor} ${currency} does not fit into a JSON number.`);
  return { amount, currency };
}
