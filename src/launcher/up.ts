import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LauncherError } from './machine/launcher-error.js';
import { repositoryRoot } from './machine/repository.js';
import { InstanceLock } from './supervision/instance-lock.js';
import { watchNpm } from './supervision/parent-watch.js';
import { Supervisor } from './supervision/supervisor.js';

/** Signals that follow one another this closely are one Ctrl-C: the terminal sends it, and npm passes it on. */
const SAME_SIGNAL_MS = 1_000;

/** `npm run up`, with `--edge` behind nginx: one process that starts everything, keeps it running and ends it. */
async function up(args: readonly string[]): Promise<void> {
  const unknown = args.filter((arg) => arg !== '--edge');
  if (unknown.length > 0)
    throw new LauncherError(`"${unknown.join(' ')}" is no option of this command; the only one is --edge.`);
  const dataDir = resolve(process.env.BULWARK_DATA_DIR || join(repositoryRoot(), '.bulwark'));
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  const lock = await InstanceLock.take(dataDir);
  const supervisor = new Supervisor(dataDir, process.env, { lock, edge: args.includes('--edge') });
  listenToSignals(supervisor);
  watchNpm(() => supervisor.end());
  try {
    await supervisor.run();
  } finally {
    lock.release();
  }
}

function listenToSignals(supervisor: Supervisor): void {
  let lastAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const again = Date.now() - lastAt > SAME_SIGNAL_MS;
      lastAt = Date.now();
      if (again) supervisor.end();
    });
  }
}

up(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    const text = error instanceof LauncherError ? error.message : ((error as Error).stack ?? String(error));
    process.stderr.write(`\n${text}\n`);
    process.exit(1);
  },
);
