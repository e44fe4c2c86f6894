import type { EntityManager } from 'typeorm';

/** The tables whose rows come in the order of time and go by whole partitions (ADR 017). */
export const TIME_PARTITIONED = ['outbox', 'inbox'] as const;
export type TimePartitioned = (typeof TIME_PARTITIONED)[number];

/** The database's code when another transaction held the lock for longer than these few milliseconds. */
const LOCK_NOT_AVAILABLE = '55P03';

/** How a table stands: how far ahead it is prepared, and what should be gone by now. */
export interface PartitionState {
  readonly table: TimePartitioned;
  /** From now to the end of the last partition; 0 when not even now has one. */
  readonly aheadSeconds: number;
  /** Partitions past their time, which something in them holds. */
  readonly overdue: readonly string[];
}

/** Makes the next partition that is missing. @returns its name, or null when there is nothing to do */
export function createNextPartition(db: EntityManager, table: TimePartitioned): Promise<string | null> {
  return nameFrom(db, 'SELECT platform.create_next_partition($1) AS name', table);
}

/** Drops the oldest partition that is over and done with. @returns its name, or null when there is none */
export function dropOldestPartition(db: EntityManager, table: TimePartitioned): Promise<string | null> {
  return nameFrom(db, 'SELECT platform.drop_oldest_partition($1) AS name', table);
}

/** @param keptSeconds how long after its end a partition should be gone */
export async function partitionState(
  db: EntityManager,
  table: TimePartitioned,
  keptSeconds: number,
): Promise<PartitionState> {
  const rows: { ahead_seconds: number; overdue: string[] | null }[] = await db.query(
    `SELECT greatest(COALESCE(extract(epoch FROM max(to_at) - now())::float8, 0), 0) AS ahead_seconds,
            array_agg(partition ORDER BY to_id) FILTER (WHERE to_at <= now() - make_interval(secs => $2)) AS overdue
       FROM platform.time_partitions WHERE parent = $1`,
    [table, keptSeconds],
  );
  return { table, aheadSeconds: rows[0]?.ahead_seconds ?? 0, overdue: rows[0]?.overdue ?? [] };
}

/** Whether the table was busy, which is no failure: the next run tries again, and no statement waited for long. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE;
}

async function nameFrom(db: EntityManager, statement: string, table: TimePartitioned): Promise<string | null> {
  const rows: { name: string | null }[] = await db.query(statement, [table]);
  return rows[0]?.name ?? null;
}
