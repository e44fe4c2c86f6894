/** Adds up prices times quantities, in whole minor units of one currency: exact at any size, never a float. */
export function totalMinor(lines: readonly { readonly unitPriceMinor: bigint; readonly quantity: number }[]): bigint {
  return lines.reduce((sum, line) => sum + line.unitPriceMinor * BigInt(line.quantity), 0n);
}
