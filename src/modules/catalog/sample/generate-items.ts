import type { Config } from '../../../platform/config/index.js';
import { inLoadTransaction, refreshStatistics, withDirectConnection } from '../persistence/direct-connection.js';
import { addPlausibleCategories, copyPlausibleItems, nextNumber } from '../persistence/item-load.js';

/** Small enough to keep transactions short and memory flat, large enough for set-based triggers to pay. */
const BATCH_SIZE = 20_000;
/** The database works on one core for each connection; more than these would take all of a small machine. */
const CONNECTIONS = 2;

/**
 * Adds plausible items for load work, in batches that each commit: the same numbers give the same items, and
 * another run continues where the last one ended.
 * @param onProgress called with how many are there so far
 */
export async function generateItems(
  config: Config,
  count: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<void> {
  const first = await withDirectConnection(config, async (client) => {
    await inLoadTransaction(client, () => addPlausibleCategories(client));
    return nextNumber(client);
  });
  const batches = batchesOf(first, count);
  let done = 0;
  const load = (): Promise<void> =>
    withDirectConnection(config, async (client) => {
      // Both connections draw from the same batches, so that neither waits for the other.
      for (const batch of batches) {
        await inLoadTransaction(client, () => copyPlausibleItems(client, batch));
        onProgress((done += batch.count));
      }
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, load));
  await refreshStatistics(config);
}

function* batchesOf(first: number, count: number): Generator<{ first: number; count: number }> {
  for (let made = 0; made < count; made += BATCH_SIZE)
    yield { first: first + made, count: Math.min(BATCH_SIZE, count - made) };
}
