import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** A log that grew beyond this begins anew: a service that complains all night must not fill the disk. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;
const TAIL_LINES = 15;

/** The log file of one service under `logs/`. */
export class ServiceLog {
  readonly path: string;

  constructor(dataDir: string, name: string) {
    const folder = join(dataDir, 'logs');
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, `${name}.log`);
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

  trim(): void {
    if (this.bytes > LOG_BYTES_MAX) truncateSync(this.path, 0);
  }
}
