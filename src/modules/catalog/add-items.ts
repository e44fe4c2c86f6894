import type { Config } from '../../platform/config/index.js';
import type { Category, NewItem } from './domain/item.js';
import { inLoadTransaction, refreshStatistics, withDirectConnection } from './persistence/direct-connection.js';
import { addCategories, copyItems, findLastNumberOf } from './persistence/item-load.js';

/** Many items that are made on demand, none of which is there yet. */
export interface ItemSource {
  /** Those that the items are in. */
  readonly categories: readonly Category[];
  readonly count: number;
  /** @param index from 0 */
  readonly itemAt: (index: number) => NewItem;
}

/** Small enough to keep transactions short and memory flat, large enough for set-based triggers to pay. */
const BATCH_SIZE = 20_000;
/** The database works on one core for each connection; more than these would take all of a small machine. */
const CONNECTIONS = 2;

/**
 * Adds items in batches that each commit, on connections of its own: for a first start and for load work.
 * @param onProgress called with how many are there so far
 * @throws Error from the database for an item that is there already; earlier batches stay
 */
export async function addItems(
  config: Config,
  { categories, count, itemAt }: ItemSource,
  onProgress: (done: number) => void = () => undefined,
): Promise<void> {
  await withDirectConnection(config, (client) => inLoadTransaction(client, () => addCategories(client, categories)));
  const batches = batchesOf(count);
  let done = 0;
  const load = (): Promise<void> =>
    withDirectConnection(config, async (client) => {
      // Both connections draw from the same batches, so that neither waits for the other.
      for (const { first, size } of batches) {
        const items = Array.from({ length: size }, (_, index) => itemAt(first + index));
        await inLoadTransaction(client, () => copyItems(client, items));
        onProgress((done += size));
      }
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, load));
  await refreshStatistics(config);
}

/** The largest number among the SKUs that are this prefix and digits, also of deleted items; undefined without any. */
export function lastNumberedSku(config: Config, prefix: string): Promise<number | undefined> {
  return withDirectConnection(config, (client) => findLastNumberOf(client, prefix));
}

function* batchesOf(count: number): Generator<{ first: number; size: number }> {
  for (let first = 0; first < count; first += BATCH_SIZE) yield { first, size: Math.min(BATCH_SIZE, count - first) };
}
