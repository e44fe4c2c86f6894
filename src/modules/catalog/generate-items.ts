import type { Config } from '../../platform/config/index.js';
import { inLoadTransaction, refreshStatistics, withDirectConnection } from './persistence/direct-connection.js';
import { addShelves, copyPlausibleItems, nextNumber } from './persistence/item-load.js';

/** Small enough to keep transactions short and memory flat, large enough for set-based triggers to pay. */
const BATCH_SIZE = 20_000;

/**
 * Adds plausible items for load work, in batches that each commit: the same numbers give the same items, and
 * another run goes on where the last one ended.
 * @param onProgress called with how many are there so far
 */
export async function generateItems(config: Config, count: number, onProgress: (done: number) => void = () => undefined): Promise<void> {
  await withDirectConnection(config, async (client) => {
    await inLoadTransaction(client, () => addShelves(client));
    const first = await nextNumber(client);
    for (let done = 0; done < count; done += BATCH_SIZE) {
      const batch = Math.min(BATCH_SIZE, count - done);
      await inLoadTransaction(client, () => copyPlausibleItems(client, { first: first + done, count: batch }));
      onProgress(done + batch);
    }
  });
  await refreshStatistics(config);
}
