import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { lstat, mkdir, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explainSystemError, shownPath } from '../../../platform/machine/index.js';
import { FeedRefusedError } from './feed-refused.js';
import type { Reject } from './feed-row.js';

/** A path that the operator chose, or a name in a folder that belongs to the imports and is made when it is missing. */
export type RejectsPlace = string | { readonly ownFolder: string; readonly name: string };

/** The first line of every report, by which a later import recognises one that it may replace. */
const HEADER = 'line,column,reason,value\n';
const BUFFER_CHARACTERS = 64 * 1024;

/**
 * The report of rejected rows. It grows in a draft beside its place and gets its name at the end, so that no half
 * report and no file of another origin is ever lost to it; without a reject there is no file.
 */
export class RejectsFile {
  count = 0;
  private buffered = HEADER;
  private isClosed = false;

  private constructor(
    readonly path: string,
    private readonly draft: string,
    private readonly file: FileHandle,
  ) {}

  /**
   * Opens the draft, so that a place that cannot be written to shows itself before the feed is read.
   * @param feed the path of the feed, which is never the place of its report
   * @throws FeedRefusedError when the place is taken by something that no import has written, or is out of reach
   */
  static async open(place: RejectsPlace, feed: string): Promise<RejectsFile> {
    const wanted = typeof place === 'string' ? place : join(place.ownFolder, place.name);
    try {
      if (typeof place !== 'string') await mkdir(place.ownFolder, { recursive: true });
      const path = await findReplaceable(wanted, feed);
      // Not the file's own name with an ending: that may be as long as a name can be.
      const draft = join(dirname(path), `.rejects-${randomUUID()}.tmp`);
      return new RejectsFile(path, draft, await openDraft(draft));
    } catch (error) {
      if (error instanceof FeedRefusedError) throw error;
      const reason = explainSystemError(error) ?? (error as Error).message;
      throw new FeedRefusedError(
        `The rejected rows cannot be written to ${shownPath(wanted)}: ${reason}. Name another file (--rejects).`,
        { cause: error },
      );
    }
  }

  /** @throws Error when the disk is full */
  async add({ line, column, reason, value }: Reject): Promise<void> {
    this.count++;
    this.buffered += `${[line, column, reason, value].map((cell) => toCell(String(cell))).join(',')}\n`;
    if (this.buffered.length > BUFFER_CHARACTERS) await this.flush();
  }

  /** Brings every row to the disk; after that only the name is missing. @throws Error when the disk is full */
  async complete(): Promise<void> {
    await this.flush();
    await this.file.sync();
    await this.close();
  }

  /** Takes the place, of an earlier report too; without a reject an earlier report is removed, since it is not true. */
  async publish(feed: string): Promise<void> {
    const [from, to] = [shownPath(this.draft), shownPath(this.path)];
    try {
      // Another program may have written there in the meantime.
      await findReplaceable(this.path, feed);
      if (this.count > 0) return await rename(this.draft, this.path);
      await rm(this.path, { force: true });
    } catch (error) {
      const reason = explainSystemError(error) ?? (error as Error).message;
      throw new Error(
        this.count > 0
          ? `The feed is imported, but its rejected rows stay in ${from}: ${reason}.`
          : `The feed is imported, but the report of an earlier import stays in ${to}: ${reason}.`,
        { cause: error },
      );
    }
    await this.discard();
  }

  /** Leaves no trace of this report. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.draft, { force: true });
  }

  /** The same in the last moment of a process. */
  discardNow(): void {
    rmSync(this.draft, { force: true });
  }

  private async flush(): Promise<void> {
    const text = this.buffered;
    this.buffered = '';
    await this.file.writeFile(text).catch((cause: unknown) => {
      const reason = explainSystemError(Object.assign(cause as object, { path: this.draft }));
      throw new Error(`The rejected rows cannot be written, so nothing was imported: ${reason ?? String(cause)}.`, {
        cause,
      });
    });
  }

  private async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.file.close();
  }
}

/**
 * The file that a report may take the place of, links followed.
 * @throws FeedRefusedError when what is there is no report of an import
 */
async function findReplaceable(path: string, feed: string): Promise<string> {
  const entry = await orUndefined(lstat(path));
  if (entry === undefined) return path;
  const refuse = (why: string): FeedRefusedError =>
    new FeedRefusedError(
      `The rejected rows are not written to ${shownPath(path)}: ${why}. Name another file (--rejects).`,
    );
  const there = await orUndefined(stat(path, { bigint: true }));
  if (there === undefined) throw refuse('it is a link that leads nowhere');
  const source = await orUndefined(stat(feed, { bigint: true }));
  if (source && there.dev === source.dev && there.ino === source.ino) throw refuse('it is the feed itself');
  if (there.isDirectory()) throw refuse('it is a folder');
  // Also /dev/stdout, whose link into /proc has no path at its end.
  if (!there.isFile()) throw refuse('it is a device or a pipe and no file');
  const target = await realpath(path);
  if (!(await isReport(target))) throw refuse('it exists and no import wrote it');
  return target;
}

async function isReport(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER.length), 0, HEADER.length, 0);
    return buffer.toString('utf8', 0, bytesRead) === HEADER;
  } finally {
    await file.close();
  }
}

async function openDraft(draft: string): Promise<FileHandle> {
  try {
    return await open(draft, 'wx', 0o600);
  } catch (error) {
    // The reader chose the folder and never saw the draft's name.
    throw Object.assign(error as NodeJS.ErrnoException, { path: dirname(draft) });
  }
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A value that a spreadsheet would run as a formula gets an apostrophe before it. */
function toCell(text: string): string {
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
