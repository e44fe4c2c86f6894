import type { EntityManager } from 'typeorm';
import { toQueued, type EventRow } from './outbox-events.js';
import type { QueuedEvent } from './event.js';

type Changed<T = Record<string, never>> = [T[], number];

/** A published event and the consumers that have not had their effect. */
export interface DueEvent {
  readonly queued: QueuedEvent;
  readonly missing: readonly string[];
}

interface CompleteOptions {
  readonly subscriptions: readonly { type: string; consumer: string }[];
  readonly batchMax: number;
  readonly firstPauseMs: number;
  readonly pauseMaxMs: number;
}

/** Completes the published events that every consumer has had, and returns those that have to be published again. */
export async function completeDueEvents(
  db: EntityManager,
  { subscriptions, batchMax, firstPauseMs, pauseMaxMs }: CompleteOptions,
): Promise<DueEvent[]> {
  const [rows]: Changed<EventRow & { missing: string[] | null }> = await db.query(
    `WITH due AS (
       SELECT id, type FROM platform.outbox
        WHERE published_at IS NOT NULL AND completed_at IS NULL AND available_at <= now()
        ORDER BY available_at LIMIT $3 FOR UPDATE SKIP LOCKED
     ), missing AS (
       SELECT due.id, array_agg(wanted.consumer) AS consumers
         FROM due JOIN unnest($1::text[], $2::text[]) AS wanted(type, consumer) ON wanted.type = due.type
        -- As a value and not as a join, so that each lookup opens the one partition of its event.
        WHERE (SELECT true FROM platform.inbox WHERE event_id = due.id AND inbox.consumer = wanted.consumer) IS NULL
        GROUP BY due.id
     )
     UPDATE platform.outbox AS o
        SET completed_at = CASE WHEN missing.id IS NULL THEN now() END,
            attempts = o.attempts + CASE WHEN missing.id IS NULL THEN 0 ELSE 1 END,
            available_at = now() + least($4::float8 * 2 ^ least(o.attempts, 20), $5::float8) * interval '1 millisecond'
       FROM due LEFT JOIN missing USING (id) WHERE o.id = due.id
     RETURNING o.id, o.type, o.aggregate_type, o.aggregate_id, o.occurred_at, o.payload, o.headers,
               missing.consumers AS missing`,
    [
      subscriptions.map(({ type }) => type),
      subscriptions.map(({ consumer }) => consumer),
      batchMax,
      firstPauseMs,
      pauseMaxMs,
    ],
  );
  return rows.map((row) => ({ queued: toQueued(row), missing: row.missing ?? [] }));
}

/** Whether a consumer has had its effect for an event. */
export async function hasConsumed(db: EntityManager, consumer: string, eventId: string): Promise<boolean> {
  const rows: unknown[] = await db.query('SELECT FROM platform.inbox WHERE event_id = $1 AND consumer = $2', [
    eventId,
    consumer,
  ]);
  return rows.length > 0;
}

/** @returns false when the consumer has had its effect already */
export async function insertInboxRow(tx: EntityManager, consumer: string, eventId: string): Promise<boolean> {
  const rows: unknown[] = await tx.query(
    'INSERT INTO platform.inbox (event_id, consumer) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1',
    [eventId, consumer],
  );
  return rows.length > 0;
}
