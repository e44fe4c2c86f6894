import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** One file of the tree, its path relative to the root. */
export interface SourceFile {
  path: string;
  text: string;
}

export const ROOT = join(__dirname, '..', '..');

/** Every TypeScript file below the folders, read. */
export function sourceFiles(...folders: string[]): SourceFile[] {
  return filesBelow(folders, /\.(ts|mjs)$/);
}

/** Every SQL file below the folders, read. */
export function sqlFiles(...folders: string[]): SourceFile[] {
  return filesBelow(folders, /\.sql$/);
}

function filesBelow(folders: readonly string[], name: RegExp): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && name.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') })),
  );
}
