import { Client } from 'pg';
import type { Config } from '../../../platform/config/index.js';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Runs the work on a connection that no pooler shares, as COPY into temporary tables needs, signed in as the catalog.
 * @throws what the work throws; an open transaction then ends with the connection
 */
export async function withDirectConnection<T>(config: Config, work: (client: Client) => Promise<T>): Promise<T> {
  const { user, password } = config.database.signIn.catalog;
  const url = new URL(config.database.directUrl);
  url.username = user;
  url.password = encodeURIComponent(password);
  return connected(url.toString(), work);
}

/** Fresh statistics and visibility after a large load: without them plans are guesses until autovacuum runs. */
export async function refreshStatistics(config: Config): Promise<void> {
  await connected(config.database.directUrl, async (client) => {
    // Where the migrating role does not own the tables this is a warning, and autovacuum does it later.
    for (const table of ['items', 'stock', 'item_categories', 'title_words'])
      await client.query(`VACUUM (ANALYZE) catalog.${table}`);
  });
}

async function connected<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'bulwark-catalog-load',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** One transaction without the limits of a request: a load may take minutes. */
export async function inLoadTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  await client.query('SET LOCAL statement_timeout = 0');
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  await client.query(`SET LOCAL lock_timeout = '60s'`);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A lost connection has rolled back already; the first error is the one to report.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
