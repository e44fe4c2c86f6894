import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { localBin, ROOT, step } from './machine.mjs';

const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.build-hash');
const FOLDERS = ['src', 'migrations'];
const FILES = ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package-lock.json'];

/** Builds when anything that goes into the build has changed since the last one. */
export function buildWhenChanged() {
  const hash = hashOfSources();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return;
  rmSync(STAMP, { force: true });
  step('Building', localBin('nest'), ['build']);
  removeOrphans();
  writeFileSync(STAMP, hash);
}

function hashOfSources() {
  const hash = createHash('sha256');
  for (const path of [
    ...FOLDERS.flatMap((folder) => listFiles(join(ROOT, folder))),
    ...FILES.map((file) => join(ROOT, file)),
  ]) {
    if (!existsSync(path)) continue;
    const content = readFileSync(path);
    hash.update(`${relative(ROOT, path)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** A renamed migration would run under both names if its old output stayed. */
function removeOrphans() {
  for (const folder of FOLDERS) {
    for (const path of listFiles(join(DIST, folder))) {
      const source = join(ROOT, relative(DIST, path)).replace(/\.(js|js\.map|d\.ts)$/, '.ts');
      if (!existsSync(source)) rmSync(path);
    }
  }
}

function listFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .toSorted();
}
