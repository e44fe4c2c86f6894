import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { LauncherError } from './launcher-error.js';

/** The user that PostgreSQL, PgBouncer and Redis run as; null: the one who runs the launcher. */
export interface ServiceUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface ServerHome {
  /** Absolute, without symbolic links, reachable by the user. */
  readonly path: string;
  readonly user: ServiceUser | null;
}

/** Where root keeps what its service user must reach, when the data folder is under a closed home. */
const REACHABLE_ROOT = '/var/lib/bulwark';
const PREFERRED_USERS = ['postgres', 'nobody'];

/**
 * Finds or makes the folder for the data of the servers.
 * PostgreSQL and PgBouncer refuse to run as root. Root therefore hands them to another user, and when that user
 * cannot reach the data folder (a home with mode 0700), the folder is a link to one that it can reach.
 */
export function prepareServerHome(dataDir: string): ServerHome {
  const entry = join(dataDir, 'servers');
  if (isEntry(entry)) return openServerHome(entry);
  const user = process.getuid?.() === 0 ? chooseServiceUser() : null;
  mkdirSync(entry, { recursive: true, mode: 0o700 });
  if (user === null) return { path: realpathSync(entry), user };
  // To pass through is enough; the secrets beside it are closed by their own modes.
  if (statSync(dataDir).uid === 0) chmodSync(dataDir, statSync(dataDir).mode | 0o011);
  chownSync(entry, user.uid, user.gid);
  if (canUse(entry, user)) return { path: realpathSync(entry), user };
  rmSync(entry, { recursive: true });
  mkdirSync(REACHABLE_ROOT, { recursive: true, mode: 0o755 });
  const elsewhere = mkdtempSync(join(REACHABLE_ROOT, 'servers-'));
  chownSync(elsewhere, user.uid, user.gid);
  symlinkSync(elsewhere, entry);
  return { path: realpathSync(elsewhere), user };
}

/** True when the user may read or, for a folder, enter and write. */
export function canUse(path: string, user: ServiceUser | null): boolean {
  const test = statSync(path).isDirectory() ? '[ -x "$1" ] && [ -w "$1" ]' : '[ -r "$1" ]';
  const identity = user === null ? {} : { uid: user.uid, gid: user.gid };
  return spawnSync('/bin/sh', ['-c', test, 'sh', path], { ...identity, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** Makes a folder of the service user inside its home. */
export function makeServerFolder(home: ServerHome, name: string): string {
  const folder = join(home.path, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  handOver(home, folder);
  return folder;
}

/** A file that only the service user (and root) can read. */
export function writeSecret(home: ServerHome, name: string, content: string): string {
  const path = join(home.path, name);
  rmSync(path, { force: true });
  writeFileSync(path, content, { mode: 0o600 });
  handOver(home, path);
  return path;
}

/** Gives a file or folder to the service user. */
export function handOver(home: ServerHome, path: string): void {
  if (home.user !== null) chownSync(path, home.user.uid, home.user.gid);
}

function openServerHome(entry: string): ServerHome {
  if (!existsSync(entry)) {
    throw new LauncherError(
      `${entry} is a link to a folder that is gone. ` +
        'Remove the data folder to begin anew, or restore what the link names.',
    );
  }
  const path = realpathSync(entry);
  const { uid, gid } = statSync(path);
  const self = process.getuid?.() ?? uid;
  if (self !== 0 && uid !== self) {
    throw new LauncherError(
      `${path} belongs to another user (${uid}). ` +
        'Start as that user or as root, or set BULWARK_DATA_DIR to a folder of your own.',
    );
  }
  // Root serves an ordinary user's data as that user: the user can start it again later.
  const user = self !== 0 ? null : uid === 0 ? adopt(path) : { name: nameOf(uid), uid, gid };
  if (!canUse(path, user)) {
    throw new LauncherError(
      `The user ${user?.name ?? 'who starts this'} cannot enter ${path}. ` +
        'Open the folders above it (chmod o+x), or set BULWARK_DATA_DIR to a reachable folder.',
    );
  }
  return { path, user };
}

/** A start that ended between making the folder and giving it away left it to root, and empty. */
function adopt(path: string): ServiceUser {
  const user = chooseServiceUser();
  chownSync(path, user.uid, user.gid);
  chmodSync(path, 0o700);
  return user;
}

function chooseServiceUser(): ServiceUser {
  const users = readUsers();
  const user = PREFERRED_USERS.map((name) => users.find((candidate) => candidate.name === name)).find(
    (found) => found && found.uid > 0,
  );
  if (user) return user;
  throw new LauncherError(
    'PostgreSQL refuses to run as root, and this machine has neither a user "postgres" nor "nobody". ' +
      'Start as an ordinary user.',
  );
}

function nameOf(uid: number): string {
  return readUsers().find((user) => user.uid === uid)?.name ?? String(uid);
}

function readUsers(): ServiceUser[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 7)
    .map((fields) => ({ name: fields[0] ?? '', uid: Number(fields[2]), gid: Number(fields[3]) }));
}

function isEntry(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
