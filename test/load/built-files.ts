import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The product is built into `dist/src`, the tools beside it: this file runs as `dist/test/load/built-files.js`. */
const BUILD = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The root of the repository. */
export const REPOSITORY = join(BUILD, '..');

/** The absolute path of a file of the build, for example `src/main.js` or `test/load/generator.js`. */
export function builtFile(name: string): string {
  return join(BUILD, name);
}

/** Where a report with this name is written; the folder is made when it is missing. */
export function reportFile(name: string): string {
  const folder = join(REPOSITORY, 'reports');
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}
