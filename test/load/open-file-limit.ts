import { readFileSync } from 'node:fs';

/** Files that a process has open besides the connections of its clients. */
const RESERVED = 200;

/**
 * How many clients one process may be, of those that are wanted: each is an open file. Node raises its soft limit
 * to the hard one by itself.
 * @param limits the text of `/proc/self/limits`
 */
export function clientsWithin(wanted: number, limits: string): number {
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  return hard === undefined ? wanted : Math.max(1, Math.min(wanted, Number(hard) - RESERVED));
}

/** The limits of this process; empty where the system does not report them. */
export function ownLimits(): string {
  return process.platform === 'linux' ? readFileSync('/proc/self/limits', 'utf8') : '';
}
