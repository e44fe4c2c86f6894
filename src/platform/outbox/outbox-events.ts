import type { EntityManager } from 'typeorm';
import type { DomainEvent, EventHeaders, QueuedEvent } from './event.js';

export interface EventRow {
  id: string;
  type: string;
  aggregate_type: string;
  aggregate_id: string;
  occurred_at: Date;
  payload: unknown;
  headers: EventHeaders;
}

/** A count beyond this says "a lot" and costs no scan of millions of rows. */
const PENDING_COUNT_MAX = 100_000;

/** Events as `platform.append_events` takes them. */
export function eventRows(events: readonly DomainEvent[], headers: EventHeaders): string {
  const rows = events.map(({ id, type, aggregateType, aggregateId, occurredAt, payload }) => ({
    id,
    type,
    aggregate_type: aggregateType,
    aggregate_id: aggregateId,
    occurred_at: occurredAt.toISOString(),
    payload,
    headers,
  }));
  return JSON.stringify(rows);
}

export async function insertEvents(
  tx: EntityManager,
  events: readonly DomainEvent[],
  headers: EventHeaders,
): Promise<void> {
  await tx.query('SELECT platform.append_events($1::jsonb)', [eventRows(events, headers)]);
}

/** One cheap read, so that an idle relay opens no transaction. */
export async function hasPending(db: EntityManager): Promise<boolean> {
  const rows: unknown[] = await db.query(
    'SELECT FROM platform.outbox WHERE published_at IS NULL AND available_at <= now() LIMIT 1',
  );
  return rows.length > 0;
}

/**
 * The oldest events that may go now. An event waits while an earlier one of its aggregate waits for another attempt.
 * @param underWay ids that are being published already
 */
export async function readPending(
  db: EntityManager,
  batchMax: number,
  underWay: readonly string[],
): Promise<QueuedEvent[]> {
  const rows: EventRow[] = await db.query(
    `WITH held AS MATERIALIZED (
       SELECT aggregate_type, aggregate_id, min(position) AS position FROM platform.outbox
        WHERE published_at IS NULL AND available_at > now() GROUP BY aggregate_type, aggregate_id
     )
     SELECT id, type, aggregate_type, aggregate_id, occurred_at, payload, headers FROM platform.outbox AS ready
      WHERE published_at IS NULL AND available_at <= now() AND id <> ALL ($2::uuid[])
        AND NOT EXISTS (SELECT FROM held WHERE held.aggregate_type = ready.aggregate_type
                         AND held.aggregate_id = ready.aggregate_id AND held.position < ready.position)
      ORDER BY position LIMIT $1`,
    [batchMax, underWay],
  );
  return rows.map(toQueued);
}

/** The event as a queue carries it. */
export function toQueued({
  id,
  type,
  aggregate_type: aggregateType,
  aggregate_id: aggregateId,
  occurred_at,
  payload,
  headers,
}: EventRow): QueuedEvent {
  return { id, type, aggregateType, aggregateId, occurredAt: occurred_at.toISOString(), payload, headers };
}

/** @param recheckAfterMs when the redelivery checks whether every consumer has had its effect */
export async function markPublished(db: EntityManager, ids: readonly string[], recheckAfterMs: number): Promise<void> {
  await db.query(
    `UPDATE platform.outbox SET published_at = now(), attempts = attempts + 1,
            available_at = now() + $2::float8 * interval '1 millisecond'
      WHERE id = ANY($1::uuid[]) AND published_at IS NULL`,
    [ids, recheckAfterMs],
  );
}

/** The queue refused them: they go again after a pause. */
export async function holdBack(db: EntityManager, ids: readonly string[], pauseMs: number): Promise<void> {
  await db.query(
    `UPDATE platform.outbox SET attempts = attempts + 1, available_at = now() + $2::float8 * interval '1 millisecond'
      WHERE id = ANY($1::uuid[]) AND published_at IS NULL`,
    [ids, pauseMs],
  );
}

export async function countPending(db: EntityManager): Promise<{ pending: number; oldestSeconds: number }> {
  const [row]: { pending: number; oldest_seconds: number }[] = await db.query(
    `SELECT (SELECT count(*)::int FROM (SELECT FROM platform.outbox WHERE published_at IS NULL LIMIT $1) AS unpublished)
              AS pending,
            COALESCE((SELECT EXTRACT(EPOCH FROM now() - occurred_at)::float8 FROM platform.outbox
                       WHERE published_at IS NULL ORDER BY position LIMIT 1), 0) AS oldest_seconds`,
    [PENDING_COUNT_MAX],
  );
  return { pending: row?.pending ?? 0, oldestSeconds: Math.max(0, row?.oldest_seconds ?? 0) };
}
