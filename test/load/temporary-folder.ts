import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CleanUp } from './clean-up.js';

/**
 * A new folder that is removed at the end. The embedded servers may run as another user, who must reach what is in it.
 */
export function temporaryFolder(prefix: string, cleanUp: CleanUp): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o755);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
