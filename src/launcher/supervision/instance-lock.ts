import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awaitEnd } from '../embedded/end-in-order.js';
import { LauncherError } from '../machine/launcher-error.js';
import { identifyProcess, isStillRunning, type ProcessIdentity } from '../machine/process-identity.js';

interface LockContent {
  readonly supervisor: ProcessIdentity;
  /** Ends what a killed supervisor left; the next start waits for it. */
  readonly guard: ProcessIdentity | null;
}

const ATTEMPTS_MAX = 5;
/** Longer than all stopping services together may take. */
const GUARD_TIMEOUT_MS = 60_000;

/** One supervisor per data folder, by a file that is not mistaken after a crash: it identifies its process. */
export class InstanceLock {
  private constructor(private readonly path: string) {}

  /** @throws LauncherError when another supervisor runs on this folder */
  static async take(dataDir: string): Promise<InstanceLock> {
    const lock = new InstanceLock(join(dataDir, 'up.lock'));
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      if (lock.tryCreate()) return lock;
      await lock.clearIfStale(dataDir);
    }
    throw new LauncherError(`${lock.path} cannot be taken: other starts keep racing for it. Try again.`);
  }

  /** Names the guard, once there is one. */
  nameGuard(guard: ProcessIdentity | null): void {
    writeFileSync(this.path, render(guard), { mode: 0o600 });
  }

  release(): void {
    rmSync(this.path, { force: true });
  }

  private tryCreate(): boolean {
    const draft = `${this.path}.${process.pid}`;
    writeFileSync(draft, render(null), { mode: 0o600 });
    try {
      // A link appears with its content, or not at all when the name is taken.
      linkSync(draft, this.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }

  private async clearIfStale(dataDir: string): Promise<void> {
    const content = this.read();
    if (content && isStillRunning(content.supervisor)) {
      throw new LauncherError(
        `Bulwark already runs on ${dataDir} (process ${content.supervisor.pid}). ` +
          'Stop it first, or set BULWARK_DATA_DIR to another folder.',
      );
    }
    const guard = content?.guard;
    if (guard && isStillRunning(guard)) await awaitEnd(guard.pid, GUARD_TIMEOUT_MS);
    rmSync(this.path, { force: true });
  }

  private read(): LockContent | null {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8')) as LockContent;
    } catch {
      return null;
    }
  }
}

function render(guard: ProcessIdentity | null): string {
  return JSON.stringify({ supervisor: identifyProcess(process.pid), guard });
}
