import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { localBin, ROOT, step } from './machine.mjs';

const DIST = join(ROOT, 'dist');
/** What is built, of what, and where the hash of its sources lies. */
const PRODUCT = {
  heading: 'Building',
  program: [localBin('nest'), ['build']],
  folders: ['src', 'migrations'],
  files: ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package-lock.json'],
  stamp: join(DIST, '.build-hash'),
};
const TOOLS = {
  heading: 'Building drills and bench',
  program: [process.execPath, [join(ROOT, 'src/launcher/bootstrap/compile-tools.mjs')]],
  folders: ['test/drills', 'test/bench', 'test/load'],
  files: ['tsconfig.json', 'test/tsconfig.tools.json', 'package-lock.json'],
  stamp: join(DIST, '.tools-hash'),
};

/** Builds when anything that goes into the build has changed since the last one; the tools only where they are used. */
export function buildWhenChanged({ withTools }) {
  for (const build of withTools ? [PRODUCT, TOOLS] : [PRODUCT]) buildOne(build);
}

function buildOne(build) {
  const { heading, program, folders, stamp } = build;
  const hash = hashOfSources(build);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  writeStamp(null, build);
  step(heading, ...program);
  removeOrphans(folders);
  writeStamp(hash, build);
}

/** Says which sources the output was made of; null while it is made. */
export function writeStamp(hash, { stamp } = PRODUCT) {
  if (hash === null) rmSync(stamp, { force: true });
  else writeFileSync(stamp, hash);
}

/** Changes with anything that goes into the build. */
export function hashOfSources({ folders, files } = PRODUCT) {
  const hash = createHash('sha256');
  for (const path of [
    ...folders.flatMap((folder) => listFiles(join(ROOT, folder))),
    ...files.map((file) => join(ROOT, file)),
  ]) {
    if (!existsSync(path)) continue;
    const content = readFileSync(path);
    hash.update(`${relative(ROOT, path)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** A renamed migration would run under both names if its old output stayed. */
function removeOrphans(folders) {
  for (const folder of folders) {
    for (const path of listFiles(join(DIST, folder))) {
      const source = join(ROOT, relative(DIST, path))
        .replace(/\.map$/, '')
        .replace(/\.js$/, '.ts');
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
