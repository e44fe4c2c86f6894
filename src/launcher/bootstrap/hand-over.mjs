import { spawn, spawnSync } from 'node:child_process';
import { BootstrapError } from './machine.mjs';
import { pinnedVersion, runtimeEnvironment } from './runtime.mjs';

const CHECK_MAX_MS = 10_000;
const PARENT_POLL_MS = 500;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

/**
 * Goes on with the same script on another Node.
 * @throws BootstrapError when that one does not run here, or does not take the flags of NODE_OPTIONS
 */
export function continueOn(binary, args) {
  const environment = runtimeEnvironment(process.env, binary);
  const { error, status, signal, stderr } = spawnSync(binary, ['--version'], {
    env: environment,
    encoding: 'utf8',
    timeout: CHECK_MAX_MS,
  });
  if (status === 0) return replaceProcess(binary, args, environment);
  const why = error?.message ?? (stderr.trim().replace(`${binary}: `, '') || `it ended with ${signal ?? status}`);
  throw new BootstrapError(
    /NODE_OPTIONS/.test(why)
      ? `Bulwark runs on Node ${pinnedVersion()}, which does not take a flag of this NODE_OPTIONS ` +
          `(${environment.NODE_OPTIONS}): ${why}.`
      : `Bulwark runs on Node ${pinnedVersion()}, which does not run here: ${why}. ` +
          'npm has it for systems with the GNU C library 2.28 or newer.',
  );
}

/**
 * Becomes another program: it keeps our process id, our parent, terminal and signals. A Node before 22.15 cannot do
 * that and stays in front of it until it ends.
 */
export function replaceProcess(program, args, environment) {
  if (process.execve !== undefined && process.platform !== 'win32')
    return process.execve(program, [program, ...args], environment);
  return stayInFrontOf(program, args, environment);
}

/** Runs a program with our terminal, passes signals on and ends as it ends; it ends with us, also by `kill -9`. */
async function stayInFrontOf(program, args, environment) {
  const child = spawn(...endedWithUs(program, args), { env: environment, stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  const { ppid } = process;
  // npm that was killed passes no signal on. A start without npm may outlive its terminal on purpose.
  const parentWatch = setInterval(() => {
    if (process.env.npm_lifecycle_event !== undefined && process.ppid !== ppid) child.kill('SIGTERM');
  }, PARENT_POLL_MS);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...end) => resolve(end));
  });
  clearInterval(parentWatch);
  for (const one of FORWARDED) process.removeListener(one, forward);
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = code ?? 1;
}

/** The command line of a program that the kernel signals when its parent dies, where `setpriv` can ask for that. */
function endedWithUs(program, args) {
  const help = spawnSync('setpriv', ['--help'], { encoding: 'utf8' });
  if (help.status !== 0 || !help.stdout.includes('--pdeathsig')) return [program, args];
  return ['setpriv', ['--pdeathsig', 'TERM', program, ...args]];
}
