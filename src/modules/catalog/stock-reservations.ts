import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/index.js';

/** What a buyer wants of one item. */
export interface StockRequest {
  readonly itemId: string;
  readonly quantity: number;
  /** The price that the buyer saw, in minor units; left out, any price is accepted. */
  readonly expectedUnitPriceMinor?: bigint | number;
  readonly expectedCurrency?: string;
}

/** One requested line as the catalog has it; of a missing item only `itemId`, `quantity` and `found` have a meaning. */
export interface StockLine {
  readonly itemId: string;
  readonly found: boolean;
  readonly sku: string;
  readonly title: string;
  readonly unitPriceMinor: bigint;
  readonly currency: string;
  readonly quantity: number;
  /** What was in stock before this reservation. */
  readonly available: number;
  readonly priceChanged: boolean;
  /** The lines of this item together ask for more than is in stock. */
  readonly short: boolean;
}

/** Lines in the order of the request; either all of them are reserved or none. */
export interface StockDecision {
  readonly reserved: boolean;
  readonly lines: readonly StockLine[];
}

/** A line as `catalog.reserve_stock` returns it. */
export interface StockRow {
  item_id: string;
  found: boolean;
  sku: string | null;
  title: string | null;
  unit_price_minor: string | null;
  currency: string | null;
  quantity: number;
  available: number;
  price_changed: boolean;
  short: boolean;
  reserved: boolean;
}

/**
 * Stock that a payment reserves and releases, with the role of the caller's own context: the catalog grants it two
 * functions and none of its tables. The statement that begins the payment reserves it (ADR 003).
 */
@Injectable()
export class StockReservations {
  /**
   * The argument of `catalog.reserve_stock`, for a function of the caller's own context. It reserves each line or none:
   * none when an item is missing or short, when a price differs from the expected one, or when the lines have more than
   * one currency. The rows stay locked until the statement ends.
   * @param requests 1 to 100 lines with quantities of at least 1; ids are UUIDs
   */
  static requestsOf(requests: readonly StockRequest[]): string {
    return JSON.stringify(
      requests.map(({ expectedUnitPriceMinor, ...request }) => ({
        ...request,
        expectedUnitPriceMinor: expectedUnitPriceMinor?.toString(),
      })),
    );
  }

  /** The decision from what `catalog.reserve_stock` returned there. */
  static decisionOf(rows: readonly StockRow[]): StockDecision {
    return { reserved: rows.every((row) => row.reserved), lines: rows.map(toLine) };
  }

  /** Puts quantities back, also of items that were removed since. The caller makes sure that this happens once. */
  async releaseStock(
    tx: Transaction,
    lines: readonly { readonly itemId: string; readonly quantity: number }[],
  ): Promise<void> {
    if (lines.length === 0) return;
    const returned = lines.map(({ itemId, quantity }) => ({ itemId, quantity }));
    await tx.query('SELECT catalog.release_stock($1::jsonb)', [JSON.stringify(returned)]);
  }
}

function toLine(row: StockRow): StockLine {
  return {
    itemId: row.item_id,
    found: row.found,
    sku: row.sku ?? '',
    title: row.title ?? '',
    unitPriceMinor: BigInt(row.unit_price_minor ?? 0),
    currency: row.currency ?? '',
    quantity: row.quantity,
    available: row.available,
    priceChanged: row.price_changed,
    short: row.short,
  };
}
