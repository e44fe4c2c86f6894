// @ts-check
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The servers that npm cannot ship. Plain JavaScript: `npm run up` looks for them before it installs or builds.
 * @typedef {{ readonly redis: string, readonly pgbouncer: string, readonly nginx: string }} SystemPrograms
 */

/** @type {Record<keyof SystemPrograms, readonly string[]>} */
const CANDIDATES = {
  redis: ['redis-server', 'valkey-server'],
  pgbouncer: ['pgbouncer'],
  nginx: ['nginx'],
};
/** @type {Record<keyof SystemPrograms, string>} */
export const APT_PACKAGES = {
  redis: 'redis-server',
  pgbouncer: 'pgbouncer',
  nginx: 'nginx',
};
/** @type {Record<keyof SystemPrograms, string>} */
const NAMES = {
  redis: 'Redis (or Valkey)',
  pgbouncer: 'PgBouncer',
  nginx: 'nginx',
};
/**
 * What may stand for a program of this machine.
 * @type {Record<keyof SystemPrograms, string>}
 */
const REPLACED_BY = { redis: 'REDIS_URL', pgbouncer: 'DATABASE_URL', nginx: '' };
/** An ordinary user's PATH leaves out the folders of servers. */
const SERVER_FOLDERS = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
  '/opt/local/bin',
  '/opt/local/sbin',
];
/**
 * The absolute path of a program, or null.
 * @param {keyof SystemPrograms} name
 * @returns {string | null}
 */
export function findProgram(name, searchPath = process.env.PATH ?? '') {
  const folders = [...searchPath.split(delimiter).filter(Boolean), ...SERVER_FOLDERS];
  const paths = CANDIDATES[name].flatMap((program) => folders.map((folder) => join(folder, program)));
  return paths.find(isExecutable) ?? null;
}

/**
 * What to type on the usual systems.
 * @param {readonly (keyof SystemPrograms)[]} missing
 */
export function explainMissing(missing) {
  const names = missing.map((name) => NAMES[name]).join(' and ');
  const variables = missing.map((name) => REPLACED_BY[name]).filter((variable) => variable !== '');
  return [
    `${names} ${missing.length > 1 ? 'are' : 'is'} not on this machine, ` +
      `and npm cannot ship ${missing.length > 1 ? 'them' : 'it'}. Install with one of:`,
    '  sudo apt-get update && sudo apt-get install -y --no-install-recommends ' +
      `${missing.map((name) => APT_PACKAGES[name]).join(' ')}`,
    `  sudo dnf install -y ${missing.join(' ')}`,
    `  brew install ${missing.join(' ')}`,
    ...(variables.length > 0 ? [`Or point ${variables.join(' and ')} at servers of your own.`] : []),
  ].join('\n');
}

/** Whether this start may install them itself: root, where there is apt. */
export function mayInstall() {
  return process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
