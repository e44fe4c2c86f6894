import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { commandLineOf, parseStat } from './process-identity.js';

const LIST_TIMEOUT_MS = 5_000;

/**
 * Kills what is left of the process group that a child of ours led. The number of a group is not given away while a
 * member lives, so right after the leader's end it cannot be another group's.
 */
export function endGroup(leader: number): void {
  signalEnd(-leader);
}

/**
 * Kills the members of a group that an earlier start has left. The number may be another group's by now, so it takes
 * only those with the command line that is expected.
 */
export function endLeftoverGroup(leader: number, commandLine: RegExp): void {
  for (const pid of membersOf(leader)) {
    if (commandLine.test(commandLineOf(pid) ?? '')) signalEnd(pid);
  }
}

/** The processes of a group that run; one that has ended and was not reaped by its parent is none. */
export function membersOf(leader: number): number[] {
  if (process.platform !== 'linux')
    return parseGroups(
      execFileSync('ps', ['-A', '-o', 'pid=,pgid=,state='], { encoding: 'utf8', timeout: LIST_TIMEOUT_MS }),
    )
      .filter(({ group }) => group === leader)
      .map(({ pid }) => pid);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && groupOf(name) === leader)
    .map(Number);
}

/** Lines of a process id, its group and its state. */
export function parseGroups(list: string): { pid: number; group: number }[] {
  return [...list.matchAll(/^\s*(\d+)\s+(\d+)\s+[^Z\s]\S*\s*$/gm)].map((match) => ({
    pid: Number(match[1]),
    group: Number(match[2]),
  }));
}

function groupOf(pid: string): number | null {
  try {
    const { state, group } = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return state === 'Z' || state === 'X' ? null : group;
  } catch {
    return null;
  }
}

function signalEnd(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // No process is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
