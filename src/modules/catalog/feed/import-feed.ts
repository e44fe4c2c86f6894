import { createReadStream } from 'node:fs';
import type { Client } from 'pg';
import type { Config } from '../../../platform/config/index.js';
import { inLoadTransaction, refreshStatistics, withDirectConnection } from '../persistence/direct-connection.js';
import { mergeItems, stageItems, removeDuplicates, type MergeCounts } from '../persistence/feed-merge.js';
import type { FeedItem } from '../domain/feed-item.js';
import { openFeed, type OpenFeed } from './read-feed.js';
import { RejectsFile } from './rejects-file.js';

/** What an import did. */
export interface ImportSummary extends MergeCounts {
  readonly format: string;
  readonly rejected: number;
  readonly seconds: number;
  /** The path of the rejected rows; undefined when there are none. */
  readonly rejectsFile: string | undefined;
}

export interface ImportOptions {
  readonly file: string;
  readonly rejectsFile: string;
  /** For feeds that name none; an ISO 4217 code. */
  readonly currency: string;
  /** Called with the bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
}

const CHUNK_BYTES = 256 * 1024;
/** Below this the present statistics will do. */
const REFRESH_FROM = 1_000;

/**
 * Streams a product feed into the catalog: all of its good rows in one transaction, or nothing when it ends early.
 * A second run of the same feed changes nothing.
 * @throws UnreadableFeedError when the file is no feed; Error from the file system or the database
 */
export async function importFeed(config: Config, options: ImportOptions): Promise<ImportSummary> {
  const began = performance.now();
  const rejects = new RejectsFile(options.rejectsFile);
  try {
    const feed = await openFeed(chunksOf(options), options.currency);
    const counts = await withDirectConnection(config, (client) =>
      inLoadTransaction(client, async () => {
        await stageItems(client, itemsOf(feed, rejects));
        await rejectDuplicates(client, feed, rejects);
        return mergeItems(client);
      }),
    );
    if (counts.added + counts.changed >= REFRESH_FROM) await refreshStatistics(config);
    return {
      ...counts,
      format: feed.formatName,
      rejected: rejects.count,
      seconds: (performance.now() - began) / 1_000,
      rejectsFile: rejects.count > 0 ? rejects.path : undefined,
    };
  } finally {
    await rejects.close();
  }
}

async function rejectDuplicates(client: Client, { skuColumn }: OpenFeed, rejects: RejectsFile): Promise<void> {
  for (;;) {
    const duplicates = await removeDuplicates(client);
    if (duplicates.length === 0) return;
    for (const { line, sku, firstLine } of duplicates)
      await rejects.add({ line, column: skuColumn, reason: `stands on line ${firstLine} already`, value: sku });
  }
}

async function* chunksOf({ file, onProgress }: ImportOptions): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    yield chunk;
    onProgress?.(bytes);
  }
}

async function* itemsOf(feed: OpenFeed, rejects: RejectsFile): AsyncGenerator<FeedItem> {
  for await (const entry of feed.entries) {
    if ('item' in entry) yield entry.item;
    else await rejects.add(entry.reject);
  }
}
