import { execFileSync } from 'node:child_process';

/**
 * How many open files a child of this process may have. Node has raised its own limit to the hard one, and children
 * inherit it.
 */
export function descriptorLimit(): number {
  const limit = execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(limit);
}
