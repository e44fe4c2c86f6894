import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LauncherError } from './launcher-error.js';

/** The servers that npm cannot ship. */
export interface SystemPrograms {
  readonly redis: string;
  readonly pgbouncer: string;
  readonly nginx: string;
}

const CANDIDATES: Record<keyof SystemPrograms, readonly string[]> = {
  redis: ['redis-server', 'valkey-server'],
  pgbouncer: ['pgbouncer'],
  nginx: ['nginx'],
};
const APT_PACKAGES: Record<keyof SystemPrograms, string> = {
  redis: 'redis-server',
  pgbouncer: 'pgbouncer',
  nginx: 'nginx',
};
const NAMES: Record<keyof SystemPrograms, string> = {
  redis: 'Redis (or Valkey)',
  pgbouncer: 'PgBouncer',
  nginx: 'nginx',
};
/** What may stand for a program of this machine. */
const REPLACED_BY: Record<keyof SystemPrograms, string> = { redis: 'REDIS_URL', pgbouncer: 'DATABASE_URL', nginx: '' };
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
/** A mirror that hangs must end the start, not hold it. */
const INSTALL_TIMEOUT_MS = 240_000;

/**
 * Finds Redis (or Valkey), PgBouncer and nginx, and installs what is missing where root has apt.
 * @param wanted which programs are needed; services that are external need none
 * @throws LauncherError naming the commands that install what is missing
 */
export function ensureSystemPrograms(
  wanted: readonly (keyof SystemPrograms)[],
  onStep: (step: string) => void,
): Partial<SystemPrograms> {
  const missing = wanted.filter((name) => findProgram(name) === null);
  if (missing.length > 0) {
    if (!mayInstall()) throw new LauncherError(explainMissing(missing));
    onStep(`Installing ${missing.map((name) => APT_PACKAGES[name]).join(' and ')} with apt-get`);
    installWithApt(missing);
  }
  const found = Object.fromEntries(wanted.map((name) => [name, findProgram(name)]));
  const stillMissing = wanted.filter((name) => found[name] === null);
  if (stillMissing.length > 0) throw new LauncherError(explainMissing(stillMissing));
  return found as Partial<SystemPrograms>;
}

/** The absolute path of a program, or null. */
export function findProgram(name: keyof SystemPrograms, searchPath = process.env.PATH ?? ''): string | null {
  const folders = [...searchPath.split(delimiter).filter(Boolean), ...SERVER_FOLDERS];
  const paths = CANDIDATES[name].flatMap((program) => folders.map((folder) => join(folder, program)));
  return paths.find(isExecutable) ?? null;
}

/** What to type on the usual systems. */
export function explainMissing(missing: readonly (keyof SystemPrograms)[]): string {
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

function mayInstall(): boolean {
  return process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;
}

function installWithApt(missing: readonly (keyof SystemPrograms)[]): void {
  const packages = missing.map((name) => APT_PACKAGES[name]);
  // Debian's service scripts start nothing in runlevel 1; what a package starts anyway is stopped again below.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const running = systemServices(packages);
  for (const args of [
    ['update', '-q'],
    ['install', '-y', '-q', '--no-install-recommends', ...packages],
  ]) {
    const result = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=60', ...args], {
      env,
      encoding: 'utf8',
      timeout: INSTALL_TIMEOUT_MS,
    });
    if (result.status === 0) continue;
    const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n').slice(-10).join('\n');
    const failure = result.error ? `did not end (${result.error.message})` : 'failed';
    throw new LauncherError(`apt-get ${args[0]} ${failure}:\n${output}\n\n${explainMissing(missing)}`);
  }
  const started = systemServices(packages).filter((name) => !running.includes(name));
  if (started.length > 0)
    spawnSync('systemctl', ['disable', '--now', ...started], { stdio: 'ignore', timeout: 30_000 });
}

/** Which of the packages' services the init system runs now; none where there is no systemd. */
function systemServices(packages: readonly string[]): string[] {
  return packages.filter(
    (name) => spawnSync('systemctl', ['is-active', '--quiet', name], { stdio: 'ignore', timeout: 10_000 }).status === 0,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
