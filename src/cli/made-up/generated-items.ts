import { v7 as uuidv7 } from 'uuid';
import type { NewItem } from '../../modules/catalog/index.js';
import { plausibleItem } from './plausible-item.js';
import { seededRandom } from './seeded-random.js';

/** Before the digits in the SKU of a generated item. */
export const GENERATED_PREFIX = 'gen-';
const SKU_DIGITS = 9;
/** Two years from here on; the dates must not depend on the day of the run. */
const FIRST_ARRIVAL_MS = Date.UTC(2024, 0, 1);
const ARRIVALS_SPAN_MS = 730 * 86_400_000;

/** The item with this number, from 0. */
export function generatedItem(number: number): NewItem {
  const { arrival, ...item } = plausibleItem(number);
  const arrivedMs = FIRST_ARRIVAL_MS + Math.floor(arrival * ARRIVALS_SPAN_MS);
  return {
    ...item,
    id: idOf(number, arrivedMs),
    sku: `${GENERATED_PREFIX}${String(number).padStart(SKU_DIGITS, '0')}`,
    arrivedAt: new Date(arrivedMs),
  };
}

/** A UUIDv7 of the arrival; its random part comes from the number, which is part of it, so that each id is unique. */
function idOf(number: number, msecs: number): string {
  const random = seededRandom(number + 0x5bd1e995);
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
  new DataView(bytes.buffer).setUint32(12, number);
  return uuidv7({ msecs, random: bytes, seq: Math.floor(random() * 0x7fffffff) });
}
