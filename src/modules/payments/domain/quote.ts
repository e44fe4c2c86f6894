import type { PaymentLine } from './payment.js';

/** What a buyer asks for. */
export interface OrderLine {
  readonly itemId: string;
  readonly quantity: number;
  readonly expectedUnitPriceMinor?: bigint;
  readonly expectedCurrency?: string;
}

/** The truth about a line, from the owner of price and stock. */
export interface QuotedLine extends PaymentLine {
  readonly found: boolean;
  readonly currency: string;
  readonly available: number;
  readonly priceChanged: boolean;
  readonly short: boolean;
}

/** Why an order cannot be paid as it stands; the first reason that holds. */
export type QuoteRefusal = 'item_unavailable' | 'mixed_currencies' | 'price_changed' | 'insufficient_stock';

/** Judges a quote. @returns undefined when everything was reserved */
export function refuseQuote(reserved: boolean, lines: readonly QuotedLine[]): QuoteRefusal | undefined {
  if (lines.some((line) => !line.found)) return 'item_unavailable';
  if (new Set(lines.map((line) => line.currency)).size > 1) return 'mixed_currencies';
  if (lines.some((line) => line.priceChanged)) return 'price_changed';
  if (lines.some((line) => line.short) || !reserved) return 'insufficient_stock';
  return undefined;
}

/** Lines of one item become one; two expectations of its price that differ stay apart, so that the wrong one is noticed. */
export function mergeLines(lines: readonly OrderLine[]): OrderLine[] {
  const merged = new Map<string, OrderLine>();
  for (const line of lines) {
    const key = `${line.itemId} ${line.expectedUnitPriceMinor ?? ''} ${line.expectedCurrency ?? ''}`;
    const known = merged.get(key);
    merged.set(key, known ? { ...known, quantity: known.quantity + line.quantity } : line);
  }
  return [...merged.values()];
}
