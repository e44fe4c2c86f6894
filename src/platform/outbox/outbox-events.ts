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

/** UPDATE and DELETE answer rows and their number. */
type Changed<T = Record<string, never>> = [T[], number];

/** Two relays that claim at the same time could break the order of an aggregate; any constant that nobody else uses. */
const CLAIM_LOCK = 2_859_276;
/** A count beyond this says "a lot" and costs no scan of millions of rows. */
const PENDING_COUNT_MAX = 100_000;

/** Events as `platform.append_events` takes them. */
export function eventRows(events: readonly DomainEvent[], headers: EventHeaders): string {
  const rows = events.map(({ id, type, aggregateType, aggregateId, occurredAt, payload }) => ({
    id, type, aggregate_type: aggregateType, aggregate_id: aggregateId, occurred_at: occurredAt.toISOString(), payload, headers,
  }));
  return JSON.stringify(rows);
}

export async function insertEvents(tx: EntityManager, events: readonly DomainEvent[], headers: EventHeaders): Promise<void> {
  await tx.query('SELECT platform.append_events($1::jsonb)', [eventRows(events, headers)]);
}

/** One cheap look, so that an idle relay opens no transactions. */
export async function hasPending(db: EntityManager): Promise<boolean> {
  const rows: unknown[] = await db.query('SELECT FROM platform.outbox WHERE published_at IS NULL AND available_at <= now() LIMIT 1');
  return rows.length > 0;
}

/**
 * Claims the oldest events that may go now and holds them for a while; nothing is locked after the call.
 * Claims take turns, and an event stays behind while an earlier one of its aggregate is held elsewhere.
 * @param claimMs when a claim ends without an outcome, another relay may take its events
 * @returns undefined when another relay is claiming at this moment
 */
export async function claimEvents(tx: EntityManager, batchMax: number, claimMs: number): Promise<QueuedEvent[] | undefined> {
  const [lock]: { mine: boolean }[] = await tx.query('SELECT pg_try_advisory_xact_lock($1) AS mine', [CLAIM_LOCK]);
  if (!lock?.mine) return undefined;
  // A statement of its own: its snapshot must be younger than the lock, or it could miss the last claim.
  // An array and no join: a backlog comes faster than statistics, and a join planned for an empty outbox scans it for each event.
  const [rows]: Changed<EventRow & { position: string }> = await tx.query(
    `WITH held AS MATERIALIZED (
       SELECT aggregate_type, aggregate_id, min(position) AS position FROM platform.outbox
        WHERE published_at IS NULL AND available_at > now() GROUP BY aggregate_type, aggregate_id
     )
     UPDATE platform.outbox AS o SET attempts = o.attempts + 1, available_at = now() + $2::float8 * interval '1 millisecond'
      WHERE o.id = ANY (ARRAY(
       SELECT id FROM platform.outbox AS ready
        WHERE published_at IS NULL AND available_at <= now()
          AND NOT EXISTS (SELECT FROM held WHERE held.aggregate_type = ready.aggregate_type AND held.aggregate_id = ready.aggregate_id AND held.position < ready.position)
        ORDER BY position LIMIT $1 FOR UPDATE SKIP LOCKED
      ))
     RETURNING o.id, o.type, o.aggregate_type, o.aggregate_id, o.occurred_at, o.payload, o.headers, o.position`,
    [batchMax, claimMs],
  );
  // RETURNING promises no order.
  return rows.toSorted((a, b) => Number(BigInt(a.position) - BigInt(b.position))).map(toQueued);
}

/** The event as a queue carries it. */
export function toQueued({ id, type, aggregate_type: aggregateType, aggregate_id: aggregateId, occurred_at, payload, headers }: EventRow): QueuedEvent {
  return { id, type, aggregateType, aggregateId, occurredAt: occurred_at.toISOString(), payload, headers };
}

/** @param recheckAfterMs when the redelivery looks whether every consumer has had its effect */
export async function markPublished(db: EntityManager, ids: readonly string[], recheckAfterMs: number): Promise<void> {
  await db.query(
    `UPDATE platform.outbox SET published_at = now(), available_at = now() + $2::float8 * interval '1 millisecond' WHERE id = ANY($1::uuid[]) AND published_at IS NULL`,
    [ids, recheckAfterMs],
  );
}

/** Gives a claim back after the queue refused it, so that the events go again after a pause. */
export async function returnClaim(db: EntityManager, ids: readonly string[], pauseMs: number): Promise<void> {
  await db.query(
    `UPDATE platform.outbox SET available_at = now() + $2::float8 * interval '1 millisecond' WHERE id = ANY($1::uuid[]) AND published_at IS NULL`,
    [ids, pauseMs],
  );
}

export async function countPending(db: EntityManager): Promise<{ pending: number; oldestSeconds: number }> {
  const [row]: { pending: number; oldest_seconds: number }[] = await db.query(
    `SELECT (SELECT count(*)::int FROM (SELECT FROM platform.outbox WHERE published_at IS NULL LIMIT $1) AS unpublished) AS pending,
            COALESCE((SELECT EXTRACT(EPOCH FROM now() - occurred_at)::float8 FROM platform.outbox WHERE published_at IS NULL ORDER BY position LIMIT 1), 0) AS oldest_seconds`,
    [PENDING_COUNT_MAX],
  );
  return { pending: row?.pending ?? 0, oldestSeconds: Math.max(0, row?.oldest_seconds ?? 0) };
}
