import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';

/** The folder through which a test asks whoever comes by a point to die there. */
export class FailpointFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'bulwark-faults-'));

  /** Asks for one death. */
  arm(point: string): void {
    writeFileSync(join(this.path, point), '');
  }

  /** Takes the request back, when nobody has come by. */
  disarm(point: string): void {
    rmSync(join(this.path, point), { force: true });
  }

  isArmed(point: string): boolean {
    return existsSync(join(this.path, point));
  }

  /** Waits until somebody has died there. */
  async untilStruck(point: string): Promise<void> {
    await eventually(() => !this.isArmed(point), 60_000);
  }
}
