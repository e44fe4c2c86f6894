import pg from 'pg';
import { SUPERUSER } from '../embedded/postgres.js';
import { LauncherError } from '../machine/launcher-error.js';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

export interface SessionOptions {
  readonly port: number;
  readonly password: string;
  /** The superuser unless another role is named. */
  readonly user?: string;
  readonly database?: string;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
}

/**
 * Runs some work in a session of its own.
 * @throws LauncherError when the password is not the server's, else what the driver or the work throws
 */
export async function withSession<T>(options: SessionOptions, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: options.port,
    user: options.user ?? SUPERUSER,
    password: options.password,
    database: options.database ?? 'postgres',
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    query_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
  });
  // A server that dies here shows itself in the next query; the event alone must not end the launcher.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') throw error;
    throw new LauncherError(
      'The superuser password in credentials.json is not the one of the database beside it. ' +
        'Restore that file, or remove the data folder to begin anew.',
      { cause: error },
    );
  } finally {
    // Its server may be gone; a session that cannot be closed is closed.
    await client.end().catch(() => undefined);
  }
}
