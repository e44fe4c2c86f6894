import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, whether this file runs from `src` (tests) or from `dist`. */
export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('No package.json above the launcher.');
    folder = parent;
  }
  return folder;
}

/** The built file of a Node process, for example `launcher/mail-sink/main.js`; children never run from TypeScript. */
export function builtFile(relativePath: string): string {
  return join(repositoryRoot(), 'dist', 'src', relativePath);
}
