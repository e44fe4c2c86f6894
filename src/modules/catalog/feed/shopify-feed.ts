import { ITEM_BOUNDS } from '../domain/item.js';
import { parsePrice } from '../domain/price.js';
import type { FeedItem } from '../domain/feed-item.js';
import { UnusableRow, categoryPath, imageUrls, optional, required, wholeQuantity, type Reject } from './feed-row.js';

/** What the first row of a product says for all of its variants. */
interface Product {
  readonly handle: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string;
  readonly categories: FeedItem['categories'];
  /** Why it is not for sale; undefined when it is. */
  readonly hidden?: string;
}

/** A product with more rows than this is read as several, which then do not share their pictures. */
const HELD_ROWS_MAX = 2_500;
const PLAIN_OPTION = 'default title';

/**
 * Shopify's product export: a product is a run of rows with one handle, of which the first has its title; each
 * variant becomes an item, and rows that only bring a picture add it to all of them.
 */
export class ShopifyFeed {
  readonly name = 'Shopify';
  readonly skuColumn = 'Variant SKU';
  private product: Product | undefined;
  private held: FeedItem[] = [];
  private images: string[] = [];

  constructor(private readonly currency: string) {}

  /** @throws UnusableRow */
  read(line: number, cell: (column: string) => string): { items: FeedItem[]; rejects: Reject[] } {
    const handle = required('Handle', cell('handle'), ITEM_BOUNDS.skuMax);
    const done =
      handle === this.product?.handle && this.held.length < HELD_ROWS_MAX ? { items: [], rejects: [] } : this.end();
    try {
      this.readRow(line, handle, cell);
      return done;
    } catch (error) {
      if (!(error instanceof UnusableRow)) throw error;
      return { items: done.items, rejects: [{ line, column: error.column, reason: error.reason, value: error.value }] };
    }
  }

  end(): { items: FeedItem[]; rejects: Reject[] } {
    const images = [...new Set(this.images)].slice(0, ITEM_BOUNDS.imagesMax);
    const items = this.held.map((item) => ({
      ...item,
      images: [...new Set([...item.images, ...images])].slice(0, ITEM_BOUNDS.imagesMax),
    }));
    [this.held, this.images] = [[], []];
    return { items, rejects: [] };
  }

  private readRow(line: number, handle: string, cell: (column: string) => string): void {
    if (handle !== this.product?.handle || cell('title') !== '') {
      // Cleared first: when this row is unusable, the next ones must not get the title of the product before.
      this.product = undefined;
      this.product = productOf(handle, cell);
    }
    const { product } = this;
    if (product.hidden) throw new UnusableRow('Status', product.hidden, cell('status') || cell('published'));
    const images = imageUrls('Image Src', [cell('image src')]);
    const bringsVariant = cell('variant price') !== '' || cell('variant sku') !== '';
    if (!bringsVariant && images.length === 0) throw new UnusableRow('Variant Price', 'is missing', '');
    this.images.push(...images);
    if (bringsVariant) this.held.push(this.variantOf(line, product, cell));
  }

  private variantOf(line: number, product: Product, cell: (column: string) => string): FeedItem {
    const price = parsePrice(cell('variant price'), this.currency);
    if ('refused' in price)
      throw new UnusableRow(
        'Variant Price',
        cell('variant price') === '' ? 'is missing' : price.refused,
        cell('variant price'),
      );
    if (price.amountMinor > BigInt(ITEM_BOUNDS.priceMinorMax))
      throw new UnusableRow('Variant Price', 'is above the highest price', cell('variant price'));
    const options = ['option1 value', 'option2 value', 'option3 value']
      .map(cell)
      .filter((value) => value !== '' && value.toLowerCase() !== PLAIN_OPTION);
    const sku = cell('variant sku').replace(/^'/, '') || [product.handle, ...options].join('-');
    const quantity = cell('variant inventory qty');
    return {
      line,
      sku: required('Variant SKU', sku, ITEM_BOUNDS.skuMax),
      title: optional('Title', [product.title, ...options].join(' – '), ITEM_BOUNDS.titleMax),
      description: product.description,
      brand: product.brand,
      categories: product.categories,
      images: imageUrls('Variant Image', [cell('variant image')]),
      priceMinor: price.amountMinor,
      currency: price.currency,
      quantity: quantity === '' ? undefined : wholeQuantity('Variant Inventory Qty', quantity),
    };
  }
}

function productOf(handle: string, cell: (column: string) => string): Product {
  const status = cell('status').toLowerCase();
  const published = cell('published').toLowerCase();
  return {
    handle,
    title: required('Title', cell('title'), ITEM_BOUNDS.titleMax),
    description: optional('Body (HTML)', plainText(cell('body (html)')), ITEM_BOUNDS.descriptionMax),
    brand: optional('Vendor', cell('vendor'), ITEM_BOUNDS.brandMax),
    categories: categoryPath(cell('product category') || cell('type')),
    hidden: (status !== '' && status !== 'active') || published === 'false' ? 'is not published' : undefined,
  };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Markup out: clients show the description as text. */
function plainText(html: string): string {
  if (html.length > ITEM_BOUNDS.descriptionMax * 4) return html;
  return html
    .replaceAll(/<(?:br|\/p|\/li|\/h\d|\/div)\b[^>]{0,500}>/gi, '\n')
    .replaceAll(/<[^>]{0,2000}>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|apos|nbsp);/g, (whole, name: string) => ENTITIES[name] ?? whole)
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim();
}
