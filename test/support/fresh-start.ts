import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client, Pool } from 'pg';
import { runCli } from './run-cli.js';
import { testServices } from './services.js';

const DATABASE = 'bulwark';
/** As the migrations left it (made with the services), and the same with the sample catalog (made when asked for). */
const TEMPLATE = 'bulwark_template';
const SAMPLE_TEMPLATE = 'bulwark_sample_template';
/** Suites that race have as many statements under way. */
const SESSIONS_MAX = 50;
const SESSION_IDLE_MS = 1_000;

/** Sessions are kept for a moment: a suite that awaits an outcome asks many times a second. */
let sessions: Pool | undefined;

afterAll(closeSessions);

/** Runs statements as the owner, straight on the primary, in a session of its own. */
export async function withOwner<T>(work: (client: Client) => Promise<T>, database = DATABASE): Promise<T> {
  const client = new Client({ connectionString: ownerUrl(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Rows of one statement, as the owner; it must leave nothing behind in its session. */
export async function query<T extends object>(sql: string, parameters: unknown[] = []): Promise<T[]> {
  sessions ??= openSessions();
  return (await sessions.query(sql, parameters)).rows as T[];
}

/** Puts database, Redis, mail folder and sandbox faults back to how the migrations left them. */
export async function freshStart(): Promise<void> {
  closeSessions();
  await withOwner((client) => replaceBy(client, TEMPLATE), 'postgres');
  await resetOthers();
}

/** A {@link freshStart} with the sample catalog loaded. */
export async function freshStartWithCatalog(): Promise<void> {
  closeSessions();
  await withOwner(async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [SAMPLE_TEMPLATE]);
    if (rowCount === 0) await makeSampleTemplate(client);
    await replaceBy(client, SAMPLE_TEMPLATE);
  }, 'postgres');
  await resetOthers();
}

function ownerUrl(database: string): string {
  const url = new URL(testServices().postgresPrimary);
  url.pathname = `/${database}`;
  return url.toString();
}

function openSessions(): Pool {
  const pool = new Pool({
    connectionString: ownerUrl(DATABASE),
    max: SESSIONS_MAX,
    idleTimeoutMillis: SESSION_IDLE_MS,
    allowExitOnIdle: true,
  });
  // A session that a test has ended while it was idle; the next statement opens another.
  pool.on('error', () => undefined);
  return pool;
}

/** Does not wait for a statement that waits for a lock: it ends with the database. */
function closeSessions(): void {
  void sessions?.end();
  sessions = undefined;
}

async function replaceBy(client: Client, template: string): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${DATABASE} TEMPLATE ${template}`);
}

async function makeSampleTemplate(client: Client): Promise<void> {
  await replaceBy(client, TEMPLATE);
  const { code, output } = await runCli('catalog-sample');
  if (code !== 0) throw new Error(`The sample catalog could not be loaded:\n${output}`);
  // The pooler keeps the connections that the command used; a database with a session is no template.
  await client.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [DATABASE]);
  await client.query(`CREATE DATABASE ${SAMPLE_TEMPLATE} TEMPLATE ${DATABASE}`);
}

async function resetOthers(): Promise<void> {
  const { redis, redisCache, paymentProvider } = testServices();
  await Promise.all([
    flush(redis),
    flush(redisCache),
    fetch(`${paymentProvider}/sandbox/faults`, { method: 'DELETE' }),
    fetch(`${paymentProvider}/sandbox/webhook`, { method: 'PUT', body: '{"url":null}' }),
  ]);
  emptyMailDir();
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
