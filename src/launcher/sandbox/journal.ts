import { closeSync, existsSync, fdatasync, mkdirSync, openSync, readFileSync, truncateSync, write } from 'node:fs';
import { dirname } from 'node:path';

interface Waiter {
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * An append-only file of JSON lines. An append is durable when its promise resolves; appends that arrive
 * during a write share the next one, so that many payments cost one fsync.
 */
export class Journal<T> {
  private readonly file: number;
  private pending: string[] = [];
  private waiters: Waiter[] = [];
  private flushing: Promise<void> | undefined;

  constructor(path: string, replay: (record: T) => void) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (existsSync(path)) replayLines(path, replay);
    this.file = openSync(path, 'a', 0o600);
  }

  append(...records: T[]): Promise<void> {
    for (const record of records) this.pending.push(`${JSON.stringify(record)}\n`);
    const durable = new Promise<void>((resolve, reject) => {
      this.waiters.push({ resolve, reject });
    });
    this.flushing ??= this.flush();
    return durable;
  }

  async close(): Promise<void> {
    await this.flushing;
    closeSync(this.file);
  }

  private async flush(): Promise<void> {
    // The callers of this turn of the event loop travel together.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    while (this.pending.length > 0) {
      const lines = this.pending.join('');
      const waiters = this.waiters;
      this.pending = [];
      this.waiters = [];
      try {
        await writeDurably(this.file, Buffer.from(lines));
        for (const waiter of waiters) waiter.resolve();
      } catch (error) {
        for (const waiter of waiters) waiter.reject(error as Error);
      }
    }
    this.flushing = undefined;
  }
}

function replayLines<T>(path: string, replay: (record: T) => void): void {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  // A crash tears the last line, which was not yet acknowledged as durable.
  if (end < bytes.length) truncateSync(path, end);
  for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) if (line) replay(JSON.parse(line) as T);
}

function writeDurably(file: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    write(file, bytes, 0, bytes.length, null, (error, written) => {
      if (error) return reject(error);
      if (written < bytes.length) return resolve(writeDurably(file, bytes.subarray(written)));
      return fdatasync(file, (failure) => (failure ? reject(failure) : resolve()));
    });
  });
}
