import { parentOf } from '../machine/process-identity.js';

const POLL_MS = 500;
const SHELL = /(^|[/-])(sh|dash|bash|zsh|ash)$/;

/**
 * Calls back when npm, which started us, is gone without a signal to us (`kill -9`, or a shell between us that
 * swallowed the signal). A start without npm is left alone: `node … &` may outlive its terminal on purpose.
 */
export function watchNpm(orphaned: () => void): void {
  if (process.env.npm_lifecycle_event === undefined || process.ppid <= 1) return;
  const parent = process.ppid;
  const about = parentOf(parent);
  // Some shells stay between npm and its script; then npm is one further up.
  const npm = about !== null && SHELL.test(about.program) ? about.parent : null;
  const timer = setInterval(() => {
    const stillThere = process.ppid === parent && (npm === null || parentOf(parent)?.parent === npm);
    if (stillThere) return;
    clearInterval(timer);
    orphaned();
  }, POLL_MS);
  timer.unref();
}
