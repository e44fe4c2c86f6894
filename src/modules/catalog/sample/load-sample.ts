import type { Config } from '../../../platform/config/index.js';
import { plausibleItem } from '../domain/plausible-item.js';
import type { FeedItem } from '../domain/feed-item.js';
import { inLoadTransaction, withDirectConnection } from '../persistence/direct-connection.js';
import { mergeItems, stageItems } from '../persistence/feed-merge.js';
import { addPlausibleCategories } from '../persistence/item-load.js';

const SAMPLE_SIZE = 240;
/** Far from the numbers that the generator begins with. */
const FIRST_NUMBER = 7_000_000;
const QUANTITY_MIN = 20;

/**
 * Loads the small catalog that a first start shows, everything in stock.
 * @returns how many items were added; 0 when the sample is already loaded
 */
export async function loadSampleCatalog(config: Config): Promise<number> {
  return withDirectConnection(config, (client) =>
    inLoadTransaction(client, async () => {
      const { rowCount } = await client.query('SELECT FROM catalog.items WHERE sku = $1', [skuOf(0)]);
      if (rowCount !== 0) return 0;
      await addPlausibleCategories(client);
      await stageItems(client, sampleItems());
      return (await mergeItems(client)).added;
    }),
  );
}

async function* sampleItems(): AsyncGenerator<FeedItem> {
  for (let index = 0; index < SAMPLE_SIZE; index++) {
    const item = plausibleItem(FIRST_NUMBER + index);
    const { slug, title } = item.category;
    yield {
      ...item,
      line: index + 1,
      sku: skuOf(index),
      categories: [{ slug, title }],
      currency: 'EUR',
      quantity: QUANTITY_MIN + item.quantity,
    };
  }
}

function skuOf(index: number): string {
  return `sample-${String(index + 1).padStart(3, '0')}`;
}
