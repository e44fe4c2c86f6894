import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** What a cell of COPY's text format can hold. */
export type Cell = string | number | bigint | null | readonly string[];

const CHUNK_LENGTH = 64 * 1024;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * Streams rows into a table with COPY; the database's pace is the pace of the source.
 * @param target table and columns; never from a client
 */
export async function copyRows(
  client: Client,
  target: string,
  rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>,
): Promise<void> {
  await pipeline(Readable.from(inChunks(rows)), client.query(copyFrom(`COPY ${target} FROM STDIN`)));
}

async function* inChunks(rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>): AsyncGenerator<Buffer> {
  let chunk = '';
  for await (const row of rows) {
    chunk += `${row.map(toText).join('\t')}\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  if (chunk !== '') yield Buffer.from(chunk);
}

function toText(cell: Cell): string {
  if (cell === null) return '\\N';
  if (typeof cell !== 'string' && typeof cell !== 'object') return String(cell);
  return (typeof cell === 'string' ? cell : toArrayLiteral(cell)).replaceAll(
    /[\\\t\n\r]/g,
    (character) => ESCAPES[character] ?? character,
  );
}

function toArrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;
}
