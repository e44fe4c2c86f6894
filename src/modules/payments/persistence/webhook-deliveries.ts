import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { PartnerEvent } from '../partners/partner-events.js';

/** One event on its way to one endpoint, as its owner sees it. */
export interface WebhookDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly status: 'pending' | 'delivered' | 'dead';
  readonly attempts: number;
  readonly lastStatusCode: number | null;
  readonly lastError: string | null;
  readonly nextAttemptAt: Date;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

interface Row {
  id: string;
  event_id: string;
  event_type: string;
  status: WebhookDelivery['status'];
  attempts: number;
  last_status_code: number | null;
  last_error: string | null;
  next_attempt_at: Date;
  created_at: Date;
  ended_at: Date | null;
}

const COLUMNS =
  'id, event_id, event_type, status, attempts, last_status_code, last_error, next_attempt_at, created_at, ended_at';

/** What partners are sent, and the log of it. */
@Injectable()
export class WebhookDeliveries {
  constructor(@InjectDatabase('payments') private readonly database: ContextDatabase) {}

  /** Notes an event down for every enabled endpoint that wants it. */
  async enqueue(tx: Transaction, eventId: string, { type, body }: PartnerEvent): Promise<void> {
    const endpoints: { id: string }[] = await tx.query(
      "SELECT id FROM payments.webhook_endpoints WHERE status = 'enabled' AND $1 = ANY (events)",
      [type],
    );
    if (endpoints.length === 0) return;
    await tx.query(
      `INSERT INTO payments.webhook_deliveries (id, endpoint_id, event_id, event_type, body)
       SELECT wanted.id, wanted.endpoint_id, $3, $4, $5 FROM unnest($1::uuid[], $2::uuid[]) AS wanted (id, endpoint_id)
       ON CONFLICT (endpoint_id, event_id) DO NOTHING`,
      [endpoints.map(() => uuidv7()), endpoints.map(({ id }) => id), eventId, type, body],
    );
  }

  /** The newest first, those before `beforeId`. */
  async list(endpointId: string, limit: number, beforeId: string | undefined): Promise<WebhookDelivery[]> {
    const rows = await this.database.read<Row>(
      `SELECT ${COLUMNS} FROM payments.webhook_deliveries WHERE endpoint_id = $1 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2`,
      [endpointId, limit, beforeId ?? null],
      'own-writes',
    );
    return rows.map(toDelivery);
  }

  /** Makes a delivery due now; one that had ended gets fresh attempts. @returns undefined when the endpoint has none with this id */
  async replay(tx: Transaction, endpointId: string, id: string): Promise<WebhookDelivery | undefined> {
    const [rows]: [Row[], number] = await tx.query(
      `UPDATE payments.webhook_deliveries SET attempts = CASE WHEN status = 'pending' THEN attempts ELSE 0 END, status = 'pending', ended_at = NULL, next_attempt_at = now()
       WHERE endpoint_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
      [endpointId, id],
    );
    return rows[0] && toDelivery(rows[0]);
  }
}

function toDelivery(row: Row): WebhookDelivery {
  return {
    id: row.id,
    eventId: row.event_id,
    eventType: row.event_type,
    status: row.status,
    attempts: row.attempts,
    lastStatusCode: row.last_status_code,
    lastError: row.last_error,
    nextAttemptAt: row.next_attempt_at,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}
