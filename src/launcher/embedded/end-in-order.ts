import { setTimeout as wait } from 'node:timers/promises';
import { endGroup } from '../machine/process-group.js';
import { identifyProcess, isStillRunning, type ProcessIdentity } from '../machine/process-identity.js';

/** A process, and how it is to be ended. */
export interface GuardedProcess extends ProcessIdentity {
  /** Asks it to end in an orderly way. */
  readonly signal: NodeJS.Signals;
  /** How long it may take before it is killed. */
  readonly graceMs: number;
  /** Lower ranks end first: a process before those that it depends on. */
  readonly rank: number;
  /** It leads processes of its own, which end with it. */
  readonly leadsGroup?: boolean;
}

/** What a supervisor sends to its guard. */
export type GuardMessage =
  { readonly add: GuardedProcess } | { readonly remove: number } | { readonly removeFile: string };

const POLL_MS = 20;

/** Ends processes that have lost their parent, rank by rank; returns when all are gone. */
export async function endInOrder(processes: readonly GuardedProcess[]): Promise<void> {
  const ranks = [...new Set(processes.map((one) => one.rank))].toSorted((a, b) => a - b);
  for (const rank of ranks) {
    await Promise.all(processes.filter((one) => one.rank === rank).map(endOne));
  }
}

async function endOne(one: GuardedProcess): Promise<void> {
  sendSignal(one, one.signal);
  const deadline = Date.now() + one.graceMs;
  while (isStillRunning(one) && Date.now() < deadline) await wait(POLL_MS);
  sendSignal(one, 'SIGKILL');
  while (isStillRunning(one) && Date.now() < deadline + one.graceMs) await wait(POLL_MS);
  if (one.leadsGroup) endGroup(one.pid);
}

/** Signals a process unless it is gone; its number may belong to another one by then. */
export function sendSignal(one: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isStillRunning(one)) return;
  try {
    process.kill(one.pid, signal);
  } catch (error) {
    // It ended between the question and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until a process is gone; false when it is still there after the time. */
export async function awaitEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const identity = identifyProcess(pid);
  if (identity === null) return true;
  const deadline = Date.now() + timeoutMs;
  while (isStillRunning(identity)) {
    if (Date.now() > deadline) return false;
    await wait(POLL_MS);
  }
  return true;
}
