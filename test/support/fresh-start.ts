import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { testServices } from './services.js';

const DATABASE = 'bulwark';
const TEMPLATE = 'bulwark_template';

/** Runs statements as the owner, straight on the primary. */
export async function withOwner<T>(work: (client: Client) => Promise<T>, database = DATABASE): Promise<T> {
  const url = new URL(testServices().postgresPrimary);
  url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.toString() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Rows of one statement, as the owner. */
export async function query<T extends object>(sql: string, parameters: unknown[] = []): Promise<T[]> {
  return withOwner(async (client) => (await client.query(sql, parameters)).rows as T[]);
}

/** Puts database, Redis, mail folder and sandbox faults back to how the migrations left them. */
export async function freshStart(): Promise<void> {
  await withOwner(async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [TEMPLATE]);
    await disconnectAll(client, DATABASE);
    if (rowCount === 0) {
      await client.query(`CREATE DATABASE ${TEMPLATE} TEMPLATE ${DATABASE}`);
      return;
    }
    await client.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${DATABASE} TEMPLATE ${TEMPLATE}`);
  }, 'postgres');
  await Promise.all([
    flush(testServices().redis),
    flush(testServices().redisCache),
    fetch(`${testServices().paymentProvider}/sandbox/faults`, { method: 'DELETE' }),
    fetch(`${testServices().paymentProvider}/sandbox/webhook`, { method: 'PUT', body: '{"url":null}' }),
  ]);
  emptyMailDir();
}

async function disconnectAll(client: Client, database: string): Promise<void> {
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
    [database],
  );
  const busy = async (): Promise<number> =>
    (await client.query('SELECT FROM pg_stat_activity WHERE datname = $1', [database])).rowCount ?? 0;
  for (let tries = 0; tries < 200 && (await busy()) > 0; tries++);
}

async function flush(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushall();
  await redis.quit();
}

function emptyMailDir(): void {
  const { mailDir } = testServices();
  mkdirSync(mailDir, { recursive: true });
  for (const file of readdirSync(mailDir)) rmSync(join(mailDir, file), { force: true });
}
