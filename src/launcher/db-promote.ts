import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { askToPromote, readAnswer } from './cluster/promote-request.js';
import { LauncherError } from './machine/launcher-error.js';
import { repositoryRoot } from './machine/repository.js';
import { runFilePath } from './supervision/run-file.js';

const ANSWER_TIMEOUT_MS = 120_000;
const WRITES_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 2_000;
const POLL_MS = 100;
const USAGE = `Usage: npm run db:promote
Makes the replica of a running "npm run up" the primary, in order: nothing that was acknowledged is lost, and the
former primary becomes its replica. With a PostgreSQL of your own see docker/README.md.
`;

/** `npm run db:promote`: asks the supervisor, which owns the servers, and waits until writes go again. */
async function main(args: readonly string[]): Promise<void> {
  if (args.length > 0) throw new LauncherError(USAGE);
  const dataDir = resolve(process.env.BULWARK_DATA_DIR || join(repositoryRoot(), '.bulwark'));
  if (!existsSync(runFilePath(dataDir)))
    throw new LauncherError(
      `Nothing runs on ${dataDir}: there is no run.json. Start "npm run up" first; ` +
        'with a PostgreSQL of your own see docker/README.md.',
    );
  const { pids, pooler } = JSON.parse(readFileSync(runFilePath(dataDir), 'utf8')) as {
    pids: { pooler: number | null };
    pooler: string;
  };
  if (pids.pooler === null)
    throw new LauncherError('The database of this run is external: promote it where it runs, see docker/README.md.');
  const began = Date.now();
  const id = randomUUID();
  askToPromote(dataDir, { id });
  const { done, message } = await until(
    () => readAnswer(dataDir, id),
    ANSWER_TIMEOUT_MS,
    'The supervisor did not answer.',
  );
  if (!done) throw new LauncherError(message);
  await until(
    () => takesWrites(pooler),
    WRITES_TIMEOUT_MS,
    'A replica was promoted, but writes do not come through the pooler yet.',
  );
  process.stdout.write(`${message}\nWrites go again after ${((Date.now() - began) / 1_000).toFixed(1)} s.\n`);
}

async function until<T>(ask: () => Promise<T | null> | T | null, timeoutMs: number, failure: string): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== null) return answer;
    await wait(POLL_MS);
  }
  throw new LauncherError(failure);
}

/** Asks for a transaction number through the pooler: only a primary gives one. */
async function takesWrites(connectionString: string): Promise<true | null> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_current_xact_id()');
    return true;
  } catch {
    // The pooler may still be on its way to the new primary; asked again until the time is up.
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof LauncherError ? error.message : ((error as Error).stack ?? String(error))}\n`,
    );
    process.exit(1);
  },
);
