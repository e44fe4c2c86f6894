import { readdirSync, readFileSync } from 'node:fs';

interface Running {
  pid: number;
  parent: number;
  state: string;
  commandLine: string;
}

/** Whether a process runs; one that has ended and is not reaped does not. */
export function isAlive(pid: number): boolean {
  return running().some((one) => one.pid === pid);
}

/** The processes that a process has started, and those that they have, as they run now. */
export function descendantsOf(pid: number): Running[] {
  const all = running();
  const below = (parent: number): Running[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid);
}

function running(): Running[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readProcess)
    .filter(({ state }) => state !== 'Z' && state !== 'X');
}

function readProcess(name: string): Running[] {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const commandLine = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return [{ pid: Number(name), parent: Number(parent), state, commandLine }];
  } catch {
    // It ended while it was read.
    return [];
  }
}
