import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The server under measurement has the first core to itself as far as we can say, the generator the second. */
export const SERVER_CORE = 0;
export const GENERATOR_CORE = 1;

let supported: boolean | undefined;

/** Whether processes can be tied to a core here: Linux with `taskset` and two cores. */
export function canPin(): boolean {
  supported ??= availableParallelism() > 1 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;
  return supported;
}

/** Ties every thread of a running process to one core; without `taskset` it does nothing. */
export function pinProcess(pid: number, core: number): void {
  if (canPin()) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
}

/** A command that runs on one core. */
export function pinnedCommand(core: number, program: string, args: readonly string[]): [string, string[]] {
  return canPin() ? ['taskset', ['-c', String(core), program, ...args]] : [program, [...args]];
}
