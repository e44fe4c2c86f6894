import { spawnSync } from 'node:child_process';
import { LauncherError } from './launcher-error.js';
import { APT_PACKAGES, explainMissing, findProgram, mayInstall, type SystemPrograms } from './programs.mjs';

export type { SystemPrograms };

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
