import type { PaymentLine } from './payment.js';

/** What a customer wants to pay for, and with which card. */
export interface Order {
  readonly lines: readonly OrderLine[];
  readonly cardToken: string;
  readonly reference: string | null;
}

/** One item of an order, with the price that the customer was shown. */
export interface OrderLine {
  readonly itemId: string;
  readonly quantity: number;
  readonly expectedUnitPriceMinor?: bigint;
  readonly expectedCurrency?: string;
}

/** A line with its true price and stock, read on the primary by the catalog. */
export interface QuotedLine extends PaymentLine {
  readonly found: boolean;
  readonly currency: string;
  readonly available: number;
  readonly priceChanged: boolean;
  readonly short: boolean;
}

/** Why an order cannot be paid as it stands; the first reason that holds. */
export type QuoteRefusal = 'item_unavailable' | 'mixed_currencies' | 'price_changed' | 'insufficient_stock';

/** Decides whether a quote can be paid. @returns undefined when everything was reserved */
export function refuseQuote(reserved: boolean, lines: readonly QuotedLine[]): QuoteRefusal | undefined {
  if (lines.some((line) => !line.found)) return 'item_unavailable';
  if (new Set(lines.map((line) => line.currency)).size > 1) return 'mixed_currencies';
  if (lines.some((line) => line.priceChanged)) return 'price_changed';
  if (lines.some((line) => line.short) || !reserved) return 'insufficient_stock';
  return undefined;
}

/**
 * Merges lines of one item into one. Lines that expect different prices stay apart, so that the wrong one is refused.
 */
export function mergeLines(lines: readonly OrderLine[]): OrderLine[] {
  const merged = new Map<string, OrderLine>();
  for (const line of lines) {
    const key = `${line.itemId} ${line.expectedUnitPriceMinor ?? ''} ${line.expectedCurrency ?? ''}`;
    const known = merged.get(key);
    merged.set(key, known ? { ...known, quantity: known.quantity + line.quantity } : line);
  }
  return [...merged.values()];
}
