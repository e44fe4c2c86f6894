import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LauncherError } from '../machine/launcher-error.js';
import { commandLineOf } from '../machine/process-identity.js';
import { writeSecret, type ServerHome } from '../machine/service-user.js';
import { awaitEnd } from '../embedded/end-in-order.js';
import type { PostgresBinaries } from '../embedded/postgres-binaries.js';

const run = promisify(execFile);

/** Part of the name of a folder that is not complete yet; the next start removes it. */
export const DRAFT = '.draft-';
const INIT_TIMEOUT_MS = 120_000;
const PREDECESSOR_TIMEOUT_MS = 30_000;
/** Sorting and case need the letters of all languages; not every system has the first of these. */
const CHARACTER_LOCALES = platform() === 'darwin' ? ['en_US.UTF-8', 'C'] : ['C.UTF-8', 'C'];

/** Makes the primary's data folder once. */
export async function ensurePrimaryData(
  folder: string,
  home: ServerHome,
  binaries: PostgresBinaries,
  password: string,
): Promise<void> {
  if (existsSync(folder)) return clearStaleLock(folder);
  const draft = `${folder}${DRAFT}${process.pid}`;
  const passwordFile = writeSecret(home, 'superuser.secret', `${password}\n`);
  try {
    await initialise(draft, home, binaries, passwordFile);
    // The name appears only when everything is inside: a crash before leaves a draft, never half a database.
    renameSync(draft, folder);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * A server that still shuts down (its supervisor was killed) is waited for; a lock whose process is gone,
 * or whose number belongs to some other program by now, is removed: PostgreSQL itself would refuse the latter.
 */
export async function clearStaleLock(folder: string): Promise<void> {
  const lock = join(folder, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (commandLineOf(pid)?.includes(folder)) {
    if (await awaitEnd(pid, PREDECESSOR_TIMEOUT_MS)) return;
    throw new LauncherError(
      `A PostgreSQL server (process ${pid}) already uses ${folder} and does not end. ` +
        'Stop it, or choose another BULWARK_DATA_DIR.',
    );
  }
  rmSync(lock, { force: true });
}

async function initialise(
  draft: string,
  home: ServerHome,
  binaries: PostgresBinaries,
  passwordFile: string,
): Promise<void> {
  for (const [index, locale] of CHARACTER_LOCALES.entries()) {
    const args = [
      '-D',
      draft,
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--locale=C',
      `--lc-ctype=${locale}`,
    ];
    try {
      return await runAsServiceUser(home, binaries.initdb, args);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (index === CHARACTER_LOCALES.length - 1 || !/invalid locale/i.test(String(error))) throw error;
    }
  }
}

/** Removes what an earlier attempt left half done. */
export function removeDrafts(home: ServerHome): void {
  for (const name of readdirSync(home.path)) {
    if (name.includes(DRAFT)) rmSync(join(home.path, name), { recursive: true, force: true });
  }
}

async function runAsServiceUser(home: ServerHome, program: string, args: readonly string[]): Promise<void> {
  const identity = home.user && { uid: home.user.uid, gid: home.user.gid };
  const env = { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' };
  try {
    await run(program, args, { ...identity, cwd: '/', env, timeout: INIT_TIMEOUT_MS });
  } catch (error) {
    // What it printed is part of the message.
    throw new LauncherError((error as Error).message, { cause: error });
  }
}
