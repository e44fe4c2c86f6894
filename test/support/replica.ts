import { Redis } from 'ioredis';
import { Client } from 'pg';
import { eventually } from './eventually.js';
import { query } from './fresh-start.js';
import { testServices } from './services.js';

/** Runs statements on the replica's own server, as its superuser. */
async function onReplica(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: testServices().postgresReplica });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Delays the replica's replay by this much; 0 ends the delay and waits until it has caught up. */
export async function delayReplica(seconds: number): Promise<void> {
  await onReplica(`ALTER SYSTEM SET recovery_min_apply_delay = '${seconds}s'`, 'SELECT pg_reload_conf()');
  if (seconds === 0) await caughtUp();
}

/** Waits until the replica has replayed what the primary has written so far. */
export async function caughtUp(): Promise<void> {
  const [position] = await query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  await eventually(
    async () =>
      (await query('SELECT FROM pg_stat_replication WHERE replay_lsn >= $1::pg_lsn', [position?.lsn])).length > 0,
  );
}

const RECORD_PREFIX = 'bulwark:writes:';
const RECORD_TTL_MS = 20_000;

/** Deletes the recorded writes of all accounts, as a flush of Redis does. */
export async function deleteWriteRecords(): Promise<void> {
  await withRedis(async (redis) => {
    const keys = await redis.keys(`${RECORD_PREFIX}*`);
    if (keys.length > 0) await redis.del(...keys);
  });
}

/** The recorded position of an account's last write. */
export function readWriteRecord(accountId: string): Promise<string | null> {
  return withRedis((redis) => redis.get(RECORD_PREFIX + accountId));
}

/** Records a write as another process of the fleet does. */
export async function setWriteRecord(accountId: string, position: string): Promise<void> {
  await withRedis((redis) => redis.set(RECORD_PREFIX + accountId, position, 'PX', RECORD_TTL_MS));
}

export function pingRedis(): Promise<string> {
  return withRedis((redis) => redis.ping());
}

async function withRedis<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(testServices().redis);
  try {
    return await work(redis);
  } finally {
    await redis.quit();
  }
}
