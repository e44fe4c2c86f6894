import { ITEM_BOUNDS } from '../domain/item.js';
import { parsePrice } from '../domain/price.js';
import type { FeedItem } from '../domain/feed-item.js';
import { UnusableRow, categoryPath, imageUrls, optional, required, wholeQuantity } from './feed-row.js';

const IN_STOCK = new Set(['in stock', 'in_stock', 'instock', 'limited availability']);
const OUT_OF_STOCK = new Set(['out of stock', 'out_of_stock', 'outofstock', 'preorder', 'backorder', 'discontinued']);

/** Google Merchant product data: one row, one item. */
export class GoogleFeed {
  readonly name = 'Google Merchant';
  readonly skuColumn = 'id';

  /** @throws UnusableRow */
  read(line: number, cell: (column: string) => string): { items: FeedItem[]; rejects: [] } {
    const price = parsePrice(cell('price'));
    if ('refused' in price)
      throw new UnusableRow('price', cell('price') === '' ? 'is missing' : price.refused, cell('price'));
    if (price.amountMinor > BigInt(ITEM_BOUNDS.priceMinorMax))
      throw new UnusableRow('price', 'is above the highest price', cell('price'));
    const productType = cell('product type');
    // Google's own taxonomy comes as a number or as a path; a number is not readable as a title.
    const path =
      productType === '' && /\D/.test(cell('google product category')) ? cell('google product category') : productType;
    const item: FeedItem = {
      line,
      sku: required('id', cell('id'), ITEM_BOUNDS.skuMax),
      title: required('title', cell('title'), ITEM_BOUNDS.titleMax),
      description: optional('description', cell('description'), ITEM_BOUNDS.descriptionMax),
      brand: optional('brand', cell('brand'), ITEM_BOUNDS.brandMax),
      categories: categoryPath(path),
      images: [
        ...imageUrls('image link', [cell('image link')]),
        ...imageUrls(
          'additional image link',
          cell('additional image link')
            .split(',')
            .map((url) => url.trim()),
        ),
      ].slice(0, ITEM_BOUNDS.imagesMax),
      priceMinor: price.amountMinor,
      currency: price.currency,
      quantity: quantityOf(cell),
    };
    return { items: [item], rejects: [] };
  }

  end(): { items: []; rejects: [] } {
    return { items: [], rejects: [] };
  }
}

function quantityOf(cell: (column: string) => string): number | undefined {
  const availability = cell('availability').toLowerCase();
  const column = cell('quantity') === '' ? 'inventory' : 'quantity';
  const quantity = cell(column) === '' ? undefined : wholeQuantity(column, cell(column));
  if (OUT_OF_STOCK.has(availability)) return 0;
  if (availability !== '' && !IN_STOCK.has(availability))
    throw new UnusableRow('availability', 'is none of in_stock, out_of_stock, preorder, backorder', availability);
  return quantity;
}
