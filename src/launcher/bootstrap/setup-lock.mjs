import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './machine.mjs';

const LOCK = join(ROOT, 'dist', '.setup-lock');
const POLL_MS = 100;
/**
 * Longer than an installation takes: a process that holds it for longer has hung, or its number was given to another
 * one.
 */
const STALE_AFTER_MS = 15 * 60_000;

/** Two commands at once in one checkout must not install or build into each other. */
export function withSetupLock(work) {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  while (!tryTake()) {
    if (isStale()) rmSync(LOCK, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
  try {
    return work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function tryTake() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isStale() {
  const age = Date.now() - (statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > STALE_AFTER_MS) return true;
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    // Between the file's creation and its content there is a moment without a number.
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
