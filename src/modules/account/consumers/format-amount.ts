/**
 * Writes an amount of minor units for a reader, exact at any size.
 * @param amountMinor whole minor units
 * @param currency ISO 4217 code, which decides the decimals
 */
export function formatAmount(amountMinor: bigint | string, currency: string): string {
  const decimals =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const digits = BigInt(amountMinor)
    .toString()
    .replace('-', '')
    .padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  return `${BigInt(amountMinor) < 0n ? '-' : ''}${whole}${fraction} ${currency}`;
}
