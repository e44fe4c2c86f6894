import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, step } from './machine.mjs';

const LOCK = join(ROOT, 'package-lock.json');
const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.bulwark-lock-hash');

/** Installs the packages when they are missing or not those of the lock file. */
export function installWhenChanged() {
  const hash = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (readOr(STAMP, '') === hash) return;
  // After an `npm ci` by hand the packages are right, only our stamp is missing.
  if (!isInstalled()) {
    // npm started by npm would inherit a production setting that leaves out the compiler.
    const npm = process.env.npm_execpath;
    // Not the Node that installs runs the packages, so its version refuses none of them.
    const args = ['ci', '--include=dev', '--include=optional', '--engine-strict=false'];
    args.push('--no-audit', '--no-fund', '--loglevel=error');
    if (npm?.endsWith('.js')) step('Installing packages', process.execPath, [npm, ...args]);
    else step('Installing packages', 'npm', args);
  }
  writeFileSync(STAMP, hash);
}

function isInstalled() {
  const hidden = readOr(join(MODULES, '.package-lock.json'), '');
  if (hidden === '') return false;
  return isSameTree(JSON.parse(readFileSync(LOCK, 'utf8')).packages, JSON.parse(hidden).packages);
}

/** Whether what npm says it installed is what the lock file wants; what is only for other machines may lack. */
export function isSameTree(wanted, installed) {
  const deviating = Object.entries(wanted).filter(
    ([path, entry]) => path !== '' && installed[path]?.version !== entry.version,
  );
  const nothingLacks = deviating.every(
    ([path, entry]) => entry.optional === true && installed[path] === undefined && !isForThisMachine(entry),
  );
  return nothingLacks && Object.keys(installed).every((path) => wanted[path] !== undefined);
}

function isForThisMachine({ os, cpu, libc }) {
  // Which C library this is would take a question to the system; such packages come in pairs, and one of each is
  // missing.
  return [os].flat().includes(process.platform) && [cpu].flat().includes(process.arch) && libc === undefined;
}

function readOr(path, fallback) {
  return existsSync(path) ? readFileSync(path, 'utf8') : fallback;
}
