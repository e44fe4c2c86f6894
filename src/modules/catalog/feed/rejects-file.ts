import { once } from 'node:events';
import { createWriteStream, mkdirSync, rmSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Reject } from './feed-row.js';

/** Streams rejected rows into a CSV file; without a reject there is no file. */
export class RejectsFile {
  count = 0;
  private stream: WriteStream | undefined;

  /** Removes the file of an earlier run: it would be mistaken for this run's. */
  constructor(readonly path: string) {
    rmSync(path, { force: true });
  }

  async add({ line, column, reason, value }: Reject): Promise<void> {
    this.count++;
    const written = this.open().write(
      `${[line, column, reason, value].map((cell) => toCell(String(cell))).join(',')}\n`,
    );
    if (!written) await once(this.open(), 'drain');
  }

  async close(): Promise<void> {
    if (!this.stream) return;
    this.stream.end();
    await finished(this.stream);
  }

  private open(): WriteStream {
    if (!this.stream) {
      mkdirSync(dirname(this.path), { recursive: true });
      this.stream = createWriteStream(this.path, { mode: 0o600 });
      this.stream.write('line,column,reason,value\n');
    }
    return this.stream;
  }
}

/** A value that a spreadsheet would run as a formula gets an apostrophe before it. */
function toCell(text: string): string {
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
