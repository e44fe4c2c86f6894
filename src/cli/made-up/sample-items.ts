import { v7 as uuidv7 } from 'uuid';
import type { NewItem } from '../../modules/catalog/index.js';
import { plausibleItem } from './plausible-item.js';

export const SAMPLE_SIZE = 240;
/** Before the digits in the SKU of a sample item. */
export const SAMPLE_PREFIX = 'sample-';
/** Far from the numbers that the generator begins with. */
const FIRST_NUMBER = 7_000_000;
const QUANTITY_MIN = 20;

/** An item of the small catalog that a first start shows, in stock. @param index from 0, most popular first */
export function sampleItem(index: number): NewItem {
  const { arrival: _, ...item } = plausibleItem(FIRST_NUMBER + index);
  return {
    ...item,
    id: uuidv7(),
    sku: `${SAMPLE_PREFIX}${String(index + 1).padStart(3, '0')}`,
    quantity: QUANTITY_MIN + item.quantity,
    popularity: Math.floor(1_000_000 / (index + 1) ** 0.8),
    arrivedAt: new Date(),
  };
}
