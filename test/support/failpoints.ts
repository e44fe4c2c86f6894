import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';

/** The folder through which a test makes the next process that reaches a point die there. */
export class FailpointFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'bulwark-faults-'));

  /** Arms a point for one process. */
  arm(point: string): void {
    writeFileSync(join(this.path, point), '');
  }

  /** Disarms a point that no process has reached. */
  disarm(point: string): void {
    rmSync(join(this.path, point), { force: true });
  }

  isArmed(point: string): boolean {
    return existsSync(join(this.path, point));
  }

  /** Waits until a process has died there. */
  async untilStruck(point: string): Promise<void> {
    await eventually(() => !this.isArmed(point), 60_000);
  }
}
