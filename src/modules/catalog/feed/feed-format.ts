import type { FeedItem } from '../domain/feed-item.js';
import type { Reject } from './feed-row.js';
import { GoogleFeed } from './google-feed.js';
import { ShopifyFeed } from './shopify-feed.js';

/** What a row gives: items, and rows that cannot be imported. */
export interface FeedYield {
  readonly items: readonly FeedItem[];
  readonly rejects: readonly Reject[];
}

/** Turns rows of one format into items. Some formats say one item in several rows. */
export interface FeedFormat {
  readonly name: string;
  /** The column of an item's SKU, for the report. */
  readonly skuColumn: string;
  read(line: number, cell: (column: string) => string): FeedYield;
  /** The items that were held back until the feed ended. */
  end(): FeedYield;
}

/** How to read a feed, by its header line. */
export interface FeedLayout {
  readonly format: FeedFormat;
  readonly delimiter: string;
  /** Names as the feed writes them, for the report. */
  readonly header: readonly string[];
  /** Index of a column by its normalised name. */
  readonly columns: ReadonlyMap<string, number>;
}

const DELIMITERS = ['\t', ',', ';', '|'];

/**
 * Recognises a feed by its header.
 * @param currencyByDefault for formats without a currency
 * @returns undefined when it is neither a Google Merchant nor a Shopify product feed
 */
export function recogniseFeed(headerLine: string, currencyByDefault: string): FeedLayout | undefined {
  for (const delimiter of DELIMITERS) {
    const header = headerLine.split(delimiter).map((name) => name.trim().replaceAll(/^"|"$/g, ''));
    const names = header.map(normalise);
    const columns = new Map(names.map((name, index) => [name, index] as const).toReversed());
    const has = (...wanted: string[]): boolean => wanted.every((name) => columns.has(name));
    if (has('id', 'title', 'price')) return { format: new GoogleFeed(), delimiter, header, columns };
    if (has('handle', 'title', 'variant price'))
      return { format: new ShopifyFeed(currencyByDefault), delimiter, header, columns };
  }
  return undefined;
}

/** `image_link`, `Image Link` and `g:image_link` are one. */
function normalise(name: string): string {
  return name
    .toLowerCase()
    .replace(/^g:/, '')
    .replaceAll(/[_\s]+/g, ' ')
    .trim();
}
