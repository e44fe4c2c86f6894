import { isUtf8 } from 'node:buffer';

/** A physical line without its end. */
export interface FeedLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Why the text cannot be read; undefined when it can. */
  readonly flaw?: 'is not valid UTF-8' | 'is longer than a line may be';
}

/** Far above any real row; of a longer one only the beginning is kept, for the report. */
export const LINE_BYTES_MAX = 4 * 1024 * 1024;
const KEPT_OF_LONG_LINE = 200;
const NEWLINE = 0x0a;
const BOM = '\uFEFF';

/** Splits a byte stream into lines; holds one line and one chunk at most. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<FeedLine> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let tooLong = false;
  let number = 0;

  const hold = (part: Buffer): void => {
    tooLong ||= heldBytes + part.length > LINE_BYTES_MAX;
    if (tooLong && heldBytes >= KEPT_OF_LONG_LINE) return;
    held.push(tooLong ? part.subarray(0, KEPT_OF_LONG_LINE) : part);
    heldBytes += part.length;
  };
  const finish = (): FeedLine => {
    const bytes = held.length === 1 ? (held[0] ?? Buffer.alloc(0)) : Buffer.concat(held);
    const line = toLine(++number, bytes, tooLong);
    [held, heldBytes, tooLong] = [[], 0, false];
    return line;
  };

  for await (const chunk of chunks) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      hold(chunk.subarray(begin, end));
      yield finish();
      begin = end + 1;
    }
    if (begin < chunk.length) hold(chunk.subarray(begin));
  }
  if (heldBytes > 0) yield finish();
}

function toLine(number: number, bytes: Buffer, tooLong: boolean): FeedLine {
  const decoded = (tooLong ? bytes.subarray(0, KEPT_OF_LONG_LINE) : bytes).toString('utf8');
  const text = (number === 1 && decoded.startsWith(BOM) ? decoded.slice(1) : decoded).replace(/\r$/, '');
  if (tooLong) return { number, text, flaw: 'is longer than a line may be' };
  return isUtf8(bytes) ? { number, text } : { number, text, flaw: 'is not valid UTF-8' };
}
