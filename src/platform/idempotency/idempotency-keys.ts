import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Reservation } from './reservation.js';
import type { AnyPresenter, StoredAnswer } from './stored-answer.js';

/** A key as a request asks for it. */
export interface AskedKey {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: Buffer;
  readonly instance: string;
  /** Whether a recovery ends unfinished work of this route; such a key lives until that has happened. */
  readonly recoverable: boolean;
  readonly presenter: AnyPresenter;
}

/** What reserving found. */
export type Reserved =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  | { readonly kind: 'finished'; readonly answer: StoredAnswer }
  | { readonly kind: 'running' }
  | { readonly kind: 'mismatch' };

interface KeyRow {
  fingerprint: Buffer;
  state: 'running' | 'processing' | 'finished';
  lock_token: string;
  status: number | null;
  headers: Record<string, string> | null;
  body: Buffer | null;
  /** Past its time, without a running attempt or a recovery to come. */
  expired: boolean;
  abandoned: boolean;
}

/**
 * The recovery point of work that was undone: nothing of it is left to continue. A context marks it; only the
 * platform's role deletes keys.
 */
export const UNDONE = 'undone';

/** A row can vanish or be taken over between two statements; each round reads its newer state. */
const ROUNDS_MAX = 5;

/** No attempt holds the key: the last one has ended, or began longer ago than a lease. */
const isAbandoned = (leaseMs: string): string =>
  `locked_at IS NULL OR locked_at <= now() - ${leaseMs}::float8 * interval '1 millisecond'`;

/**
 * The key has expired. Unfinished work expires with it only where no recovery ends it and no attempt runs: elsewhere
 * the key is the only link to work that may have charged a customer.
 */
const isExpired = (leaseMs: string): string =>
  `expires_at <= now() AND (state = 'finished' OR NOT recoverable) AND (state = 'finished' OR ${isAbandoned(leaseMs)})`;

/** UPDATE and DELETE answer rows and their number. */
type Changed<T = Record<string, never>> = [T[], number];

/**
 * Takes the key, or returns what holds it. One durable statement in the common case; the unique constraint decides
 * between any number of processes.
 * @param leaseMs a holder that took the key longer ago than this is presumed dead
 */
export async function reserve(db: EntityManager, asked: AskedKey, leaseMs: number): Promise<Reserved> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const fresh = await insertKey(db, asked);
    if (fresh) return { kind: 'reserved', reservation: fresh };
    const row = await findKey(db, asked, leaseMs);
    if (!row) continue;
    const taken = row.expired
      ? await renewKey(db, asked, row.lock_token, leaseMs)
      : await evaluateKey(db, asked, row, leaseMs);
    if (taken) return taken;
  }
  return { kind: 'running' };
}

async function evaluateKey(
  db: EntityManager,
  asked: AskedKey,
  row: KeyRow,
  leaseMs: number,
): Promise<Reserved | undefined> {
  // Before asking whether it runs: another request must learn that the key is not its own.
  if (!row.fingerprint.equals(asked.fingerprint)) return { kind: 'mismatch' };
  if (row.state !== 'running')
    return {
      kind: 'finished',
      answer: { status: row.status ?? 200, headers: row.headers ?? {}, body: row.body ?? Buffer.alloc(0) },
    };
  if (!row.abandoned) return { kind: 'running' };
  return takeOver(db, asked, row.lock_token, leaseMs);
}

async function insertKey(db: EntityManager, asked: AskedKey): Promise<Reservation | undefined> {
  const [workId, lockToken] = [uuidv7(), randomUUID()];
  const rows: unknown[] = await db.query(
    `INSERT INTO platform.idempotency_keys (scope, key, fingerprint, work_id, lock_token, locked_at, recoverable)
     VALUES ($1, $2, $3, $4, $5, now(), $6) ON CONFLICT DO NOTHING RETURNING work_id`,
    [asked.scope, asked.key, asked.fingerprint, workId, lockToken, asked.recoverable],
  );
  return rows.length === 1
    ? reservationOf(asked, { workId, lockToken, recoveryPoint: null, resumed: false })
    : undefined;
}

async function findKey(db: EntityManager, asked: AskedKey, leaseMs: number): Promise<KeyRow | undefined> {
  const rows: KeyRow[] = await db.query(
    `SELECT fingerprint, state, lock_token, status, headers, body,
            ${isExpired('$3')} AS expired, ${isAbandoned('$3')} AS abandoned
       FROM platform.idempotency_keys WHERE scope = $1 AND key = $2`,
    [asked.scope, asked.key, leaseMs],
  );
  return rows[0];
}

/**
 * Compare-and-set on the token: of several requests that see an abandoned attempt, one takes it over. Undone work
 * begins anew, under a new id.
 */
async function takeOver(
  db: EntityManager,
  asked: AskedKey,
  seenToken: string,
  leaseMs: number,
): Promise<Reserved | undefined> {
  const lockToken = randomUUID();
  const [rows]: Changed<{ work_id: string; recovery_point: string | null }> = await db.query(
    `UPDATE platform.idempotency_keys SET lock_token = $4, locked_at = now(), attempts = attempts + 1,
            work_id = CASE WHEN recovery_point = $6 THEN $7::uuid ELSE work_id END,
            recovery_point = NULLIF(recovery_point, $6)
      WHERE scope = $1 AND key = $2 AND lock_token = $3 AND state = 'running'
        AND (${isAbandoned('$5')})
      RETURNING work_id, recovery_point`,
    [asked.scope, asked.key, seenToken, lockToken, leaseMs, UNDONE, uuidv7()],
  );
  const row = rows[0];
  return (
    row && {
      kind: 'reserved',
      reservation: reservationOf(asked, {
        workId: row.work_id,
        lockToken,
        recoveryPoint: row.recovery_point,
        resumed: true,
      }),
    }
  );
}

/** An expired key counts as new, whether or not the reaper has removed it. */
async function renewKey(
  db: EntityManager,
  asked: AskedKey,
  seenToken: string,
  leaseMs: number,
): Promise<Reserved | undefined> {
  const [workId, lockToken] = [uuidv7(), randomUUID()];
  const [, renewed]: Changed = await db.query(
    `UPDATE platform.idempotency_keys
        SET fingerprint = $4, state = 'running', recovery_point = NULL, work_id = $5, lock_token = $6,
            locked_at = now(), attempts = 1, status = NULL, headers = NULL, body = NULL, created_at = now(),
              expires_at = DEFAULT, recoverable = $7
      WHERE scope = $1 AND key = $2 AND lock_token = $3 AND ${isExpired('$8')}`,
    [asked.scope, asked.key, seenToken, asked.fingerprint, workId, lockToken, asked.recoverable, leaseMs],
  );
  return renewed === 1
    ? {
        kind: 'reserved',
        reservation: reservationOf(asked, { workId, lockToken, recoveryPoint: null, resumed: false }),
      }
    : undefined;
}

function reservationOf(
  { scope, key, instance, presenter }: AskedKey,
  rest: Pick<Reservation, 'workId' | 'lockToken' | 'recoveryPoint' | 'resumed'>,
): Reservation {
  return { scope, key, instance, presenter, ...rest };
}

/** A provisional answer promises a final one; such a key is not finished and does not expire. */
const stateOf = ({ provisional }: StoredAnswer): KeyRow['state'] => (provisional ? 'processing' : 'finished');

/** @returns false when the token is not good any more */
export async function storeAnswer(
  db: EntityManager,
  { scope, key, lockToken }: Reservation,
  answer: StoredAnswer,
): Promise<boolean> {
  const [row]: { stored: boolean }[] = await db.query(
    'SELECT platform.store_answer($1, $2, $3, $4, $5, $6::jsonb, $7) AS stored',
    [scope, key, lockToken, stateOf(answer), answer.status, answer.headers, answer.body],
  );
  return row?.stored === true;
}

/** What `platform.store_answer` takes of a key, but for the body. */
export function answerForKey({ scope, key, lockToken }: Reservation, answer: StoredAnswer): string {
  return JSON.stringify({
    scope,
    key,
    lockToken,
    state: stateOf(answer),
    status: answer.status,
    headers: answer.headers,
  });
}

/** @returns false when the token is not good any more */
export async function markRecoveryPoint(
  db: EntityManager,
  { scope, key, lockToken }: Reservation,
  recoveryPoint: string,
): Promise<boolean> {
  const [, marked]: Changed = await db.query(
    `UPDATE platform.idempotency_keys SET recovery_point = $4
      WHERE scope = $1 AND key = $2 AND lock_token = $3 AND state = 'running'`,
    [scope, key, lockToken, recoveryPoint],
  );
  return marked === 1;
}

/** The route, with its method, that unfinished work belongs to. */
export async function findRouteOfWork(db: EntityManager, workId: string): Promise<string | undefined> {
  const [row]: { route: string }[] = await db.query(
    `SELECT substring(scope FROM position(' ' IN scope) + 1) AS route FROM platform.idempotency_keys
      WHERE work_id = $1 AND state <> 'finished'`,
    [workId],
  );
  return row?.route;
}

/** Ends work by its id, also while an attempt holds the key; the changed token fences that attempt. */
export async function completeWork(db: EntityManager, workId: string, answer: StoredAnswer): Promise<boolean> {
  const [, completed]: Changed = await db.query(
    `UPDATE platform.idempotency_keys
        SET state = $2, status = $3, headers = $4, body = $5, locked_at = NULL, lock_token = $6
      WHERE work_id = $1 AND state <> 'finished'`,
    [workId, stateOf(answer), answer.status, answer.headers, answer.body, randomUUID()],
  );
  return completed === 1;
}

/**
 * Frees the key after a refusal that did no work, or has undone it. Work that an earlier attempt has begun is kept:
 * then only the lease ends, and the next attempt continues.
 */
export async function releaseKey(db: EntityManager, reservation: Reservation): Promise<void> {
  const { scope, key, lockToken } = reservation;
  const [, released]: Changed = await db.query(
    `DELETE FROM platform.idempotency_keys
      WHERE scope = $1 AND key = $2 AND lock_token = $3 AND state = 'running'
        AND (recovery_point = $4 OR (recovery_point IS NULL AND attempts = 1))`,
    [scope, key, lockToken, UNDONE],
  );
  if (released === 0) await endLease(db, reservation);
}

/** The attempt has failed: the next one may continue at once. */
export async function endLease(db: EntityManager, { scope, key, lockToken }: Reservation): Promise<void> {
  await db.query(
    `UPDATE platform.idempotency_keys SET locked_at = NULL
      WHERE scope = $1 AND key = $2 AND lock_token = $3 AND state = 'running'`,
    [scope, key, lockToken],
  );
}

/** Removes expired keys. @returns how many, at most `batchMax` */
export async function deleteExpiredKeys(db: EntityManager, batchMax: number, leaseMs: number): Promise<number> {
  const [, deleted]: Changed = await db.query(
    `DELETE FROM platform.idempotency_keys AS k USING (
       SELECT scope, key FROM platform.idempotency_keys WHERE ${isExpired('$2')}
        ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED) AS expired
      WHERE k.scope = expired.scope AND k.key = expired.key`,
    [batchMax, leaseMs],
  );
  return deleted;
}
