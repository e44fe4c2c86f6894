/** An amount of whole minor units in one currency (ISO 4217); never a float. */
export interface Money {
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Adds up prices times quantities. */
export function totalMinor(lines: readonly { readonly unitPriceMinor: bigint; readonly quantity: number }[]): bigint {
  return lines.reduce((sum, line) => sum + line.unitPriceMinor * BigInt(line.quantity), 0n);
}
