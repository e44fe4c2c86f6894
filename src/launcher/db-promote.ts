import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { explainSystemError } from '../platform/machine/index.js';
import { LauncherError } from './machine/launcher-error.js';
import { repositoryRoot } from './machine/repository.js';
import { basic, PROMOTE_PATH, type ControlAnswer } from './supervision/control-server.js';
import { runFilePath } from './supervision/run-file.js';

/** Longer than a switchover takes with all of its bounds reached, the copy of a former primary among them. */
const ANSWER_TIMEOUT_MS = 280_000;
const USAGE = `Usage: npm run db:promote
Makes the replica of a running "npm run up" the primary, in order: nothing that was acknowledged is lost, payments
wait for a moment, and the former primary follows. With a PostgreSQL of your own see docker/README.md.
Exit code: 0 when the replica is the primary, 1 when nothing was changed or a server needs attention, 2 for a wrong use.
`;

/** `npm run db:promote`: asks the supervisor, which owns the servers. */
async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const asked = args.length === 1 && args[0] === '--help';
    (asked ? process.stdout : process.stderr).write(USAGE);
    return asked ? 0 : 2;
  }
  const { status, message } = await promote(
    resolve(process.env.BULWARK_DATA_DIR || join(repositoryRoot(), '.bulwark')),
  );
  if (status !== 200) throw new LauncherError(message);
  process.stdout.write(`${message}\n`);
  return 0;
}

async function promote(dataDir: string): Promise<{ status: number; message: string }> {
  const { username, password, origin } = new URL(PROMOTE_PATH, controlUrl(dataDir));
  try {
    const answer = await fetch(`${origin}${PROMOTE_PATH}`, {
      method: 'POST',
      headers: { Authorization: basic(username, password) },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return { status: answer.status, message: ((await answer.json()) as ControlAnswer).message };
  } catch (error) {
    const reason = explainSystemError(error) ?? (error as Error).message;
    throw new LauncherError(`The "npm run up" on ${dataDir} does not answer (${reason}); see what it printed.`, {
      cause: error,
    });
  }
}

function controlUrl(dataDir: string): string {
  const path = runFilePath(dataDir);
  try {
    const { control } = JSON.parse(readFileSync(path, 'utf8')) as { control?: string };
    if (control !== undefined) return control;
    throw new LauncherError(`The "npm run up" on ${dataDir} is of a former version: stop it and start it again.`);
  } catch (error) {
    if (error instanceof LauncherError) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new LauncherError(
        `run.json cannot be read: ${explainSystemError(error) ?? (error as Error).message}. ` +
          'Run this as the user of "npm run up".',
        { cause: error },
      );
    throw new LauncherError(
      `Nothing runs on ${dataDir}: there is no run.json. Start "npm run up" first; ` +
        'with a PostgreSQL of your own see docker/README.md.',
      { cause: error },
    );
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const text = error instanceof LauncherError ? error.message : ((error as Error).stack ?? String(error));
    process.stderr.write(`${text}\n`);
    process.exit(1);
  },
);
