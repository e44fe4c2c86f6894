import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DATABASE_CONTEXTS } from '../config/index.js';

export type MigrationClass = new () => MigrationInterface;

/**
 * Every other statement on a table queues behind one that waits for a lock on it. Half a second is less than a request
 * waits for a connection, so that no request is refused because of a migration (ADR 016).
 */
export const LOCK_WAIT_MS = 500;
/** A concurrent build waits for old transactions while holding nothing that readers or writers want. */
export const CONCURRENT_WAIT_MS = 300_000;
const ATTEMPTS_MAX = 100;
const FIRST_PAUSE_MS = 100;
const PAUSE_MAX_MS = 5_000;
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';
/** As literals: the snapshot of a parametrised query would keep a concurrent index build waiting. */
const SCHEMAS = DATABASE_CONTEXTS.map((context) => `'${context}'`).join(', ');

/**
 * The same migration with a short lock time-out. In a transaction the limit ends with it; outside of one (a class with
 * `transaction = false`, for concurrent builds) it is reset at the end.
 * @param ran called with the name of each migration that has completed
 */
export function withLockTimeout(migration: MigrationClass, ran: (name: string) => void): MigrationClass {
  class WithLockTimeout extends migration {
    override async up(runner: QueryRunner): Promise<void> {
      const isLocal = runner.isTransactionActive;
      await limitLockWait(runner, isLocal ? `${LOCK_WAIT_MS}ms` : `${CONCURRENT_WAIT_MS}ms`, isLocal);
      if (!isLocal) await dropInvalidIndexes(runner);
      try {
        await super.up(runner);
        ran(migration.name);
      } finally {
        if (!isLocal) await limitLockWait(runner, '0', false);
      }
    }
  }
  // The name of the class identifies a migration.
  Object.defineProperty(WithLockTimeout, 'name', { value: migration.name });
  return WithLockTimeout;
}

/**
 * Does the work again while it fails for a lock, with growing pauses in which the statements queued behind it run.
 * @throws the last failure when no attempt got its locks, any other failure at once
 */
export async function retryForLocks<T>(work: () => Promise<T>, pause: (ms: number) => Promise<void>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: string };
      if ((code !== LOCK_NOT_AVAILABLE && code !== DEADLOCK) || attempt >= ATTEMPTS_MAX) throw error;
    }
    await pause(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), PAUSE_MAX_MS));
  }
}

function limitLockWait(runner: QueryRunner, value: string, isLocal: boolean): Promise<unknown> {
  return runner.query("SELECT set_config('lock_timeout', $1, $2)", [value, isLocal]);
}

/**
 * What a failed concurrent build left: it costs every write and serves no read, and IF NOT EXISTS would take it for the
 * index.
 */
const INVALID_INDEXES = `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname IN (${SCHEMAS})
    AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid)`;

async function dropInvalidIndexes(runner: QueryRunner): Promise<void> {
  const found: { name: string }[] = await runner.query(INVALID_INDEXES);
  for (const { name } of found) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}
