import { Client } from 'pg';
import type { Instance } from './spawn-instance.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** Asks the primary of a system. @throws Error with the database's message */
export function queryPrimary<T extends object>(instance: Instance, sql: string): Promise<T[]> {
  return queryDatabase<T>(instance.run.postgresPrimary, sql);
}

/** One statement on a connection of its own. @throws Error with the database's message */
export async function queryDatabase<T extends object>(
  connectionString: string,
  sql: string,
  parameters: readonly string[] = [],
): Promise<T[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  try {
    return (await client.query<T>(sql, [...parameters])).rows;
  } finally {
    await client.end();
  }
}
