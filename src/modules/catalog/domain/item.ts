/** An item as the public sees it. */
export interface Item {
  readonly id: string;
  readonly sku: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string;
  /** Slugs. */
  readonly categories: readonly string[];
  readonly images: readonly string[];
  readonly priceMinor: bigint;
  readonly currency: string;
  readonly quantity: number;
  readonly version: number;
  readonly updatedAt: Date;
}

/** What staff decide about an item. */
export interface ItemContent {
  readonly sku: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string;
  readonly categories: readonly string[];
  readonly images: readonly string[];
  readonly priceMinor: bigint;
  readonly currency: string;
}

/** An item that is added with the history it is said to have: when it arrived, and how often it was asked for. */
export interface NewItem extends ItemContent {
  /** A UUIDv7 of its arrival. */
  readonly id: string;
  readonly quantity: number;
  readonly popularity: number;
  readonly arrivedAt: Date;
}

/** A category of the catalog. */
export interface Category {
  readonly slug: string;
  readonly title: string;
}

/** Bounds of what an item may hold, for staff and feeds alike. */
export const ITEM_BOUNDS = {
  skuMax: 100,
  titleMax: 300,
  descriptionMax: 20_000,
  brandMax: 1_000,
  categoriesMax: 10,
  imagesMax: 20,
  urlMax: 2_000,
  quantityMax: 1_000_000_000,
  /** A thousand million in the larger unit of most currencies; far below what JSON's numbers hold exactly. */
  priceMinorMax: 100_000_000_000,
} as const;

/** Slugs of categories and items: what stands in an address without escaping. */
export const SLUG_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
export const SLUG_LENGTH_MAX = 100;
