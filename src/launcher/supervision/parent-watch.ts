import { identifyProcess, isStillRunning, parentOf, type ProcessIdentity } from '../machine/process-identity.js';

const POLL_MS = 500;
/** npm, a shell that it starts, and the Node that hands over to ours. */
const ANCESTORS_MAX = 3;

/**
 * Calls back when npm, which started us, or what stands between us is gone without a signal to us: by `kill -9`, or
 * because npm does not pass SIGHUP on, or a shell swallowed it. A start without npm is left alone: `node … &` may
 * outlive its terminal on purpose.
 */
export function watchNpm(orphaned: () => void): void {
  if (process.env.npm_lifecycle_event === undefined || process.ppid <= 1) return;
  const { ppid } = process;
  const ancestors = ancestorsUpToNpm(ppid);
  const timer = setInterval(() => {
    if (process.ppid === ppid && ancestors.every(isStillRunning)) return;
    clearInterval(timer);
    orphaned();
  }, POLL_MS);
  timer.unref();
}

/** The parent alone when none of them is npm: then the variable was inherited from an npm that is long gone. */
function ancestorsUpToNpm(parent: number): ProcessIdentity[] {
  const chain: ProcessIdentity[] = [];
  for (let pid = parent; pid > 1 && chain.length < ANCESTORS_MAX;) {
    const identity = identifyProcess(pid);
    const about = parentOf(pid);
    if (identity === null || about === null) break;
    chain.push(identity);
    // npm names its process after what it runs, for example `npm run up`.
    if (/^npm\b/.test(about.program)) return chain;
    pid = about.parent;
  }
  return chain.slice(0, 1);
}
