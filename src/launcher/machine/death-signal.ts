import { spawnSync } from 'node:child_process';

let supported: boolean | undefined;

/**
 * Wraps a command so that the kernel signals it when its parent dies, also by `kill -9`.
 * Only Linux has this (and not every `setpriv` does); the guard process covers the rest.
 */
export function withDeathSignal(
  signal: 'KILL' | 'INT' | 'TERM',
  program: string,
  args: readonly string[],
): [string, string[]] {
  supported ??= knowsDeathSignal();
  return supported ? ['setpriv', ['--pdeathsig', signal, program, ...args]] : [program, [...args]];
}

function knowsDeathSignal(): boolean {
  if (process.platform !== 'linux') return false;
  const help = spawnSync('setpriv', ['--help'], { encoding: 'utf8' });
  return help.status === 0 && help.stdout.includes('--pdeathsig');
}
