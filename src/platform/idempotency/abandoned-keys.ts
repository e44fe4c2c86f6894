import type { EntityManager } from 'typeorm';

/** No attempt runs, and the key has expired. $2 is the lease in milliseconds. */
const IS_ABANDONED = `state = 'running' AND recoverable AND expires_at <= now()
        AND (locked_at IS NULL OR locked_at <= now() - $2::float8 * interval '1 millisecond')`;

interface Batch {
  readonly route: string;
  readonly leaseMs: number;
  readonly batchMax: number;
  /** The page begins after this work. */
  readonly after: string | undefined;
}

/** Unfinished work of a recoverable route whose key has expired and which no attempt runs, the oldest first. */
export async function findAbandonedWork(
  db: EntityManager,
  { route, leaseMs, batchMax, after }: Batch,
): Promise<string[]> {
  const rows: { work_id: string }[] = await db.query(
    // Ids of work begin with its time, and finished keys are gone after a day: what this index range holds is what is
    // left over.
    `SELECT work_id FROM platform.idempotency_keys
      WHERE work_id < platform.first_id_at(now() - interval '24 hours') AND ($4::uuid IS NULL OR work_id > $4::uuid)
        AND ${IS_ABANDONED} AND substring(scope FROM position(' ' IN scope) + 1) = $1
      ORDER BY work_id LIMIT $3`,
    [route, leaseMs, batchMax, after ?? null],
  );
  return rows.map((row) => row.work_id);
}

/** Removes keys of work that never began; one that another attempt has taken meanwhile stays. @returns how many */
export async function deleteAbandonedKeys(
  db: EntityManager,
  workIds: readonly string[],
  leaseMs: number,
): Promise<number> {
  const [, deleted]: [unknown[], number] = await db.query(
    `DELETE FROM platform.idempotency_keys WHERE work_id = ANY($1::uuid[]) AND ${IS_ABANDONED}`,
    [workIds, leaseMs],
  );
  return deleted;
}
