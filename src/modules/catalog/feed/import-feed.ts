import { createReadStream } from 'node:fs';
import type { Client } from 'pg';
import type { Config } from '../../../platform/config/index.js';
import { explainSystemError, shownPath } from '../../../platform/machine/index.js';
import { inLoadTransaction, refreshStatistics, withDirectConnection } from '../persistence/direct-connection.js';
import { mergeItems, stageItems, removeDuplicates, type MergeCounts } from '../persistence/feed-merge.js';
import type { FeedItem } from '../domain/feed-item.js';
import { openFeed, UnreadableFeedError, type OpenFeed } from './read-feed.js';
import { RejectsFile, type RejectsPlace } from './rejects-file.js';

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
  readonly rejects: RejectsPlace;
  /** For feeds that name none; an ISO 4217 code. */
  readonly currency: string;
  /** Called with the bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Registers what has to be removed when the process is interrupted; gives the way to take that back. */
  readonly onInterrupt?: (cleanUp: () => void) => () => void;
}

const CHUNK_BYTES = 256 * 1024;
/** Below this the present statistics will do. */
const REFRESH_FROM = 1_000;

/**
 * Streams a product feed into the catalog: all of its good rows in one transaction, or nothing when it ends early.
 * A second run of the same feed changes nothing.
 * @throws FeedRefusedError when the file is no feed or the rejects have no place; Error from disk or database
 */
export async function importFeed(config: Config, options: ImportOptions): Promise<ImportSummary> {
  const began = performance.now();
  const rejects = await RejectsFile.open(options.rejects, options.file);
  const takeBack = options.onInterrupt?.(() => rejects.discardNow());
  try {
    const { format, ...counts } = await loadFeed(config, options, rejects);
    await rejects.publish(options.file);
    if (counts.added + counts.changed >= REFRESH_FROM) await refreshStatistics(config);
    return {
      ...counts,
      format,
      rejected: rejects.count,
      seconds: (performance.now() - began) / 1_000,
      rejectsFile: rejects.count > 0 ? rejects.path : undefined,
    };
  } finally {
    takeBack?.();
  }
}

async function loadFeed(
  config: Config,
  options: ImportOptions,
  rejects: RejectsFile,
): Promise<MergeCounts & { readonly format: string }> {
  try {
    const feed = await openFeed(chunksOf(options), options.currency);
    const load = async (client: Client): Promise<MergeCounts> => {
      await stageItems(client, itemsOf(feed, rejects));
      await rejectDuplicates(client, feed, rejects);
      const counts = await mergeItems(client);
      // Before the commit: items whose rejected neighbours are lost on a full disk are not imported.
      await rejects.complete();
      return counts;
    };
    const counts = await withDirectConnection(config, (client) => inLoadTransaction(client, () => load(client)));
    return { ...counts, format: feed.formatName };
  } catch (error) {
    await rejects.discard();
    throw error;
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
  const stream = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
      onProgress?.(bytes);
    }
  } catch (error) {
    // What the consumer of the chunks throws does not come through here.
    const reason = explainSystemError(Object.assign(error as object, { path: file })) ?? (error as Error).message;
    throw new UnreadableFeedError(`The feed ${shownPath(file)} cannot be read: ${reason}.`, { cause: error });
  }
}

async function* itemsOf(feed: OpenFeed, rejects: RejectsFile): AsyncGenerator<FeedItem> {
  for await (const entry of feed.entries) {
    if ('item' in entry) yield entry.item;
    else await rejects.add(entry.reject);
  }
}
