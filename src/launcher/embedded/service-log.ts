import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';

/** A log that grew beyond this begins anew: a service that complains all night must not fill the disk. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;
/** Earlier logs that are kept beside the current one, `NAME.1.log` the latest. */
const EARLIER_MAX = 3;
const TAIL_LINES = 15;

/** The log file of one service under `logs/`; those of the last starts are kept beside it. */
export class ServiceLog {
  readonly path: string;
  private readonly folder: string;

  constructor(
    dataDir: string,
    private readonly name: string,
  ) {
    this.folder = join(dataDir, 'logs');
    mkdirSync(this.folder, { recursive: true });
    this.path = join(this.folder, `${name}.log`);
    if (this.bytes > 0) {
      this.makeRoom();
      renameSync(this.path, this.earlier(1));
    }
    closeSync(openSync(this.path, 'w', 0o600));
  }

  /** A descriptor for a child's output; the caller closes it. It appends, so that trimming works while it is open. */
  open(): number {
    return openSync(this.path, 'a', 0o600);
  }

  /** How much is in it; what a later start adds begins there. */
  get bytes(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The last lines, for a failure's message; only those behind a number of bytes. */
  tail(fromByte = 0): string {
    if (!existsSync(this.path)) return '';
    return readFileSync(this.path)
      .subarray(fromByte)
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .slice(-TAIL_LINES)
      .join('\n');
  }

  /** Puts a log that has grown too long aside. It is copied, since the child goes on writing to the same file. */
  trim(): void {
    if (this.bytes <= LOG_BYTES_MAX) return;
    this.makeRoom();
    copyFileSync(this.path, this.earlier(1));
    truncateSync(this.path, 0);
  }

  private makeRoom(): void {
    for (let age = EARLIER_MAX - 1; age >= 1; age -= 1) {
      if (existsSync(this.earlier(age))) renameSync(this.earlier(age), this.earlier(age + 1));
    }
  }

  private earlier(age: number): string {
    return join(this.folder, `${this.name}.${age}.log`);
  }
}
