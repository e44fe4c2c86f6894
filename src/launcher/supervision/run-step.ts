import { spawn } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import type { Guard } from '../embedded/guard-client.js';
import type { ServiceLog } from '../embedded/service-log.js';
import { LauncherError } from '../machine/launcher-error.js';
import { withDeathSignal } from '../machine/death-signal.js';
import { builtFile } from '../machine/repository.js';

export interface StepOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly guard: Guard;
  readonly log: ServiceLog;
  /** Aborting ends the step. */
  readonly ending: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Runs a command of the build to its end, for example `cli/migrate.js`.
 * @throws LauncherError with the end of its output when it fails or hangs
 */
export async function runStep(file: string, options: StepOptions): Promise<void> {
  const path = builtFile(file);
  if (!existsSync(path)) throw new LauncherError(`${path} is missing: the build is not complete. Run "npm run build".`);
  const outcome = await runToEnd(path, options);
  if (outcome === 'done' || options.ending.aborted) return;
  throw new LauncherError(`${file} ${outcome}. The end of its output:\n${options.log.tail()}\n(${options.log.path})`);
}

function runToEnd(path: string, { environment, guard, log, ending, timeoutMs }: StepOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program, args] = withDeathSignal('KILL', process.execPath, ['--enable-source-maps', path]);
    const output = log.open();
    const child = spawn(program, args, {
      detached: true,
      env: environment as NodeJS.ProcessEnv,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const { pid } = child;
    if (pid !== undefined) guard.add(pid, { signal: 'SIGTERM', graceMs: 2_000, rank: 0 });
    let hung = false;
    const end = () => child.kill('SIGTERM');
    const timer = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    ending.addEventListener('abort', end, { once: true });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      ending.removeEventListener('abort', end);
      if (pid !== undefined) guard.remove(pid);
      if (code === 0) resolve('done');
      else resolve(hung ? `did not end within ${timeoutMs / 1000} s` : `ended with ${signal ?? code}`);
    });
  });
}
