import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSecretFiles } from '../../platform/config/index.js';
import { LauncherError } from '../machine/launcher-error.js';
import { repositoryRoot } from '../machine/repository.js';
import { EndDemands, type Demand } from './end-demands.js';
import { InstanceLock } from './instance-lock.js';
import { watchNpm } from './parent-watch.js';
import { Supervisor } from './supervisor.js';

/** What the two commands that serve everything differ in. */
export interface RunOptions {
  /** Whether nginx stands before the application. */
  readonly edge: boolean;
  /** Whether a saved source file is built and served. */
  readonly watch: boolean;
}

const EXIT_FAILED = 1;
/** As a shell says it of a program that Ctrl-C has ended. */
const EXIT_INTERRUPTED = 130;

/** Runs `up` or `dev` to its end, and the process with it: 0 after an orderly end, 1 after a start that failed. */
export function runUntilEnded(options: RunOptions): void {
  outliveTerminal();
  run(options).then(
    () => process.exit(0),
    (error: unknown) => {
      const text = error instanceof LauncherError ? error.message : ((error as Error).stack ?? String(error));
      process.stderr.write(`\n${text}\n`);
      process.exit(EXIT_FAILED);
    },
  );
}

async function run(options: RunOptions): Promise<void> {
  // From here on a secret stands in its own variable, whatever file it came from.
  const { environment: given, problems } = readSecretFiles(process.env);
  if (problems.length > 0) throw new LauncherError(problems.join('\n'));
  const dataDir = resolve(given.BULWARK_DATA_DIR || join(repositoryRoot(), '.bulwark'));
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  const lock = await InstanceLock.take(dataDir);
  // A change is served sooner by one web process than by one for each core.
  const environment = options.watch ? { WEB_WORKERS: '1', ...given } : given;
  const supervisor = new Supervisor(dataDir, environment, { lock, ...options });
  const demands = new EndDemands();
  const answer = (demand: Demand): void => {
    if (demand === 'end') supervisor.end();
    if (demand === 'end at once') supervisor.endAtOnce();
    // The guard ends what is left.
    if (demand === 'give up') process.exit(EXIT_INTERRUPTED);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => answer(demands.onSignal(signal)));
  watchNpm(() => answer(demands.onOrphaned()));
  try {
    await supervisor.run();
  } finally {
    lock.release();
  }
}

/** Lines for a terminal that has closed, or a reader that has gone, are lost; the end in order goes on without them. */
function outliveTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
