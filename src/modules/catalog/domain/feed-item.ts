/** An item as a feed has it, checked and within bounds. */
export interface FeedItem {
  readonly line: number;
  readonly sku: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string;
  readonly categories: readonly { readonly slug: string; readonly title: string }[];
  readonly images: readonly string[];
  readonly priceMinor: bigint;
  readonly currency: string;
  /** Undefined when the feed only says that the item is in stock. */
  readonly quantity: number | undefined;
}
