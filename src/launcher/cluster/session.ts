import pg from 'pg';
import { LauncherError } from '../machine/launcher-error.js';
import { SUPERUSER } from '../embedded/postgres.js';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

export interface SessionOptions {
  readonly port: number;
  readonly password: string;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
}

/**
 * Opens a session of the superuser, whose own commits wait for no standby: it is the one who repairs that.
 * @throws LauncherError when the password is not the server's, anything of the driver otherwise
 */
export async function openSession({
  port,
  password,
  connectTimeoutMs,
  statementTimeoutMs,
}: SessionOptions): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    options: '-c synchronous_commit=local',
    connectionTimeoutMillis: connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    query_timeout: statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
  });
  // A server that dies here shows itself in the next query; the event alone must not end the launcher.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await closeSession(client);
    if ((error as { code?: string }).code !== '28P01') throw error;
    throw new LauncherError(
      'The superuser password in credentials.json is not the one of the database beside it. ' +
        'Restore that file, or remove the data folder to begin anew.',
      { cause: error },
    );
  }
}

/** Closes a session also when its server is gone. */
export async function closeSession(client: pg.Client): Promise<void> {
  await client.end().catch(() => undefined);
}

/** Runs some work in a session of its own. */
export async function withSession<T>(options: SessionOptions, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await openSession(options);
  try {
    return await work(client);
  } finally {
    await closeSession(client);
  }
}
