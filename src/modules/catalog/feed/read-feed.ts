import { recogniseFeed, type FeedLayout, type FeedYield } from './feed-format.js';
import { readLines, type FeedLine } from './feed-lines.js';
import { FeedRecords, type FeedRecord } from './feed-records.js';
import { FeedRefusedError } from './feed-refused.js';
import type { FeedItem } from '../domain/feed-item.js';
import { UnusableRow, shorten, type Reject } from './feed-row.js';

/** The file is not a feed; a wrong row is never a reason for this. */
export class UnreadableFeedError extends FeedRefusedError {
  override readonly name = 'UnreadableFeedError';
}

/** An item or a rejected row, in the order of the feed. */
export type FeedEntry = { readonly item: FeedItem } | { readonly reject: Reject };

const NOTHING: FeedYield = { items: [], rejects: [] };

/** A feed whose header was recognised. */
export interface OpenFeed {
  readonly formatName: string;
  /** The column of an item's SKU, for the report. */
  readonly skuColumn: string;
  readonly entries: AsyncIterable<FeedEntry>;
}

/**
 * Opens a product feed as a stream: memory stays bounded whatever the file's size.
 * @param currencyByDefault for feeds without a currency (Shopify)
 * @throws UnreadableFeedError when the header is of no known format
 */
export async function openFeed(chunks: AsyncIterable<Buffer>, currencyByDefault: string): Promise<OpenFeed> {
  const lines = readLines(chunks);
  const layout = await readHeader(lines, currencyByDefault);
  return { formatName: layout.format.name, skuColumn: layout.format.skuColumn, entries: readEntries(lines, layout) };
}

async function* readEntries(lines: AsyncGenerator<FeedLine>, layout: FeedLayout): AsyncGenerator<FeedEntry> {
  for await (const record of new FeedRecords(lines, layout.delimiter, layout.header.length)) {
    yield* entriesOf(readRecord(layout, record));
  }
  yield* entriesOf(layout.format.end());
}

async function readHeader(lines: AsyncGenerator<FeedLine>, currencyByDefault: string): Promise<FeedLayout> {
  const { value } = await lines.next();
  const line = value as FeedLine | undefined;
  if (!line) throw new UnreadableFeedError('The file is empty.');
  if (line.text.includes('\u0000') || line.flaw)
    throw new UnreadableFeedError('The first line is not text in UTF-8; save the feed as UTF-8 and try again.');
  const layout = recogniseFeed(line.text, currencyByDefault);
  if (layout) return layout;
  throw new UnreadableFeedError(
    `The header "${shorten(line.text)}" is of no known format. A Google Merchant feed has the columns id, title and ` +
      'price; a Shopify export has Handle, Title and Variant Price.',
  );
}

function readRecord({ format, header, columns }: FeedLayout, record: FeedRecord): FeedYield {
  const reject = (column: string, reason: string, value: string): FeedYield => ({
    items: [],
    rejects: [{ line: record.line, column, reason, value: shorten(value) }],
  });
  const flawed =
    record.flawedField ??
    record.fields.findIndex(
      (field) => field.includes('\u0000') || (record.flaw !== undefined && field.includes('\ufffd')),
    );
  if (record.flaw)
    return reject(flawed >= 0 ? (header[flawed] ?? '') : '', record.flaw, record.fields[Math.max(flawed, 0)] ?? '');
  if (flawed >= 0) return reject(header[flawed] ?? '', 'holds a NUL character', record.fields[flawed] ?? '');
  if (record.fields.every((field) => field.trim() === '')) return NOTHING;
  const cell = (column: string): string => (record.fields[columns.get(column) ?? -1] ?? '').trim();
  try {
    const { items, rejects } = format.read(record.line, cell);
    return { items, rejects: rejects.map((rejected) => ({ ...rejected, value: shorten(rejected.value) })) };
  } catch (error) {
    if (error instanceof UnusableRow) return reject(error.column, error.reason, error.value);
    throw error;
  }
}

function* entriesOf({ items, rejects }: FeedYield): Generator<FeedEntry> {
  for (const item of items) yield { item };
  for (const reject of rejects) yield { reject };
}
