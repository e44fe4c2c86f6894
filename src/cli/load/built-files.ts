import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This file runs as `dist/src/cli/load/built-files.js`. */
const BUILD = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The root of the repository. */
export const REPOSITORY = join(BUILD, '..', '..');

/** The absolute path of a file of the build, for example `cli/catalog-generate.js`. */
export function builtFile(name: string): string {
  return join(BUILD, name);
}

/** Where a report with this name is written; the folder is made when it is missing. */
export function reportFile(name: string): string {
  const folder = join(REPOSITORY, 'reports');
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}
