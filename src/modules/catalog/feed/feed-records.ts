import { parse } from 'csv-parse/sync';
import type { FeedLine } from './feed-lines.js';

/** A row of the feed, or why it cannot be read. */
export interface FeedRecord {
  /** The line it begins on. */
  readonly line: number;
  readonly fields: readonly string[];
  readonly flaw?: string;
  /** Which of the fields has the flaw, where that is known. */
  readonly flawedField?: number;
}

/** A quoted field that runs over more lines than this is an unclosed quote. */
const LINES_OF_RECORD_MAX = 500;
const BYTES_OF_RECORD_MAX = 2 * 1024 * 1024;

/**
 * Joins lines into rows. With an unclosed quote a strict parser loses everything up to the next quote; here only the
 * row that does not close its quotes is rejected.
 */
export class FeedRecords {
  private readonly ahead: FeedLine[] = [];
  private readonly lines: AsyncIterator<FeedLine>;

  constructor(
    lines: AsyncIterable<FeedLine>,
    private readonly delimiter: string,
    private readonly width: number,
  ) {
    this.lines = lines[Symbol.asyncIterator]();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FeedRecord> {
    for (let line = await this.nextLine(); line; line = await this.nextLine()) {
      if (line.text.trim() === '' && !line.flaw) continue;
      yield await this.recordFrom(line);
    }
  }

  private async recordFrom(line: FeedLine): Promise<FeedRecord> {
    if (line.flaw === 'is longer than a line may be')
      return { line: line.number, fields: [line.text], flaw: line.flaw };
    if (!line.text.includes('"')) return this.toRecord(line, line.text.split(this.delimiter), line.flaw);
    const single = this.parse(line.text);
    if (single) return this.toRecord(line, single, line.flaw);
    const fields = line.text.split(this.delimiter);
    return (
      (await this.multiline(line)) ?? {
        line: line.number,
        fields,
        flaw: 'opens a quote and never closes it',
        flawedField: fields.findIndex((field) => quotesIn(field) % 2 === 1),
      }
    );
  }

  /** Tries the following lines as the rest of a quoted field; they are put back when they are not. */
  private async multiline(first: FeedLine): Promise<FeedRecord | undefined> {
    let { text, flaw } = first;
    let open = quotesIn(first.text) % 2 === 1;
    if (!open) return undefined;
    const read: FeedLine[] = [];
    while (read.length < LINES_OF_RECORD_MAX && text.length < BYTES_OF_RECORD_MAX) {
      const next = await this.nextLine();
      if (!next) break;
      read.push(next);
      text += `\n${next.text}`;
      flaw ??= next.flaw;
      if (quotesIn(next.text) % 2 === 1) open = !open;
      if (open) continue;
      const fields = this.parse(text);
      if (fields?.length === this.width) return this.toRecord(first, fields, flaw);
      break;
    }
    this.ahead.unshift(...read);
    return undefined;
  }

  private parse(text: string): string[] | undefined {
    try {
      const records: string[][] = parse(text, {
        delimiter: this.delimiter,
        relax_column_count: true,
        relax_quotes: true,
        record_delimiter: ['\u0000\u0000'],
      });
      return records.length === 1 ? records[0] : undefined;
    } catch {
      return undefined;
    }
  }

  private toRecord({ number }: FeedLine, fields: readonly string[], flaw: string | undefined): FeedRecord {
    if (flaw || fields.length <= this.width) return { line: number, fields, flaw };
    // More cells than columns: any cell may be in the wrong column.
    return fields.slice(this.width).every((field) => field.trim() === '')
      ? { line: number, fields }
      : { line: number, fields, flaw: `has ${fields.length} fields where the header has ${this.width}` };
  }

  private async nextLine(): Promise<FeedLine | undefined> {
    const ahead = this.ahead.shift();
    if (ahead) return ahead;
    const { done, value } = await this.lines.next();
    return done ? undefined : value;
  }
}

function quotesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++;
  return count;
}
