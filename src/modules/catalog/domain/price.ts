const AMOUNT = /^\d{1,12}(?:\.\d{1,6})?$/;
const PRICE = /^(?:(?<before>[A-Za-z]{3})\s*)?(?<amount>[\d.,' ]+?)\s*(?<after>[A-Za-z]{3})?$/;

let currencies: ReadonlySet<string> | undefined;
const digits = new Map<string, number>();

/** Whether the text is an ISO 4217 code in use. */
export function isCurrency(code: string): boolean {
  currencies ??= new Set(Intl.supportedValuesOf('currency'));
  return currencies.has(code);
}

/** How many decimals a currency has: 2 for EUR, none for JPY, 3 for KWD. */
export function decimalsOf(currency: string): number {
  const known = digits.get(currency);
  if (known !== undefined) return known;
  const found =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  digits.set(currency, found);
  return found;
}

/** A price, or why the text is not one. */
export type ParsedPrice = { readonly amountMinor: bigint; readonly currency: string } | { readonly refused: string };

/**
 * Reads `9.99 EUR`, `EUR 9.99`, `1,299.00 USD` and, where the currency stands elsewhere, `9.99`.
 * A comma is a decimal separator only as in `9,99`; an ambiguous amount is refused.
 */
export function parsePrice(text: string, currencyByDefault?: string): ParsedPrice {
  const parts = PRICE.exec(text.trim())?.groups;
  if (!parts?.amount) return { refused: 'is not a price; it needs an amount and a currency, for example 9.99 EUR' };
  if (parts.before && parts.after) return { refused: 'names two currencies' };
  const currency = (parts.before ?? parts.after ?? currencyByDefault)?.toUpperCase();
  if (!currency) return { refused: 'names no currency; it needs one after the amount, for example 9.99 EUR' };
  if (!isCurrency(currency)) return { refused: `names ${currency}, which is not a currency in use` };
  const amount = plainAmount(parts.amount);
  if (!amount || !AMOUNT.test(amount))
    return {
      refused: 'has an ambiguous amount; it needs digits and a point, for example 1299.00',
    };
  return toMinor(amount, currency);
}

/** Thousands separators out, a decimal comma to a point; undefined when both readings are possible. */
function plainAmount(text: string): string | undefined {
  const compact = text.replaceAll(/[' ]/g, '');
  if (!compact.includes(',')) return compact;
  if (/^\d{1,3}(?:,\d{3})+\.\d+$/.test(compact)) return compact.replaceAll(',', '');
  if (/^\d+,\d{1,2}$/.test(compact)) return compact.replace(',', '.');
  if (/^\d{1,3}(?:\.\d{3})+,\d{1,2}$/.test(compact)) return compact.replaceAll('.', '').replace(',', '.');
  return undefined;
}

function toMinor(amount: string, currency: string): ParsedPrice {
  const decimals = decimalsOf(currency);
  const [whole = '0', fraction = ''] = amount.split('.');
  const excess = fraction.slice(decimals);
  if (/[1-9]/.test(excess)) return { refused: `has more decimals than ${currency}, which has ${decimals}` };
  const amountMinor = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  return amountMinor > 0n ? { amountMinor, currency } : { refused: 'is zero; it must be more' };
}
