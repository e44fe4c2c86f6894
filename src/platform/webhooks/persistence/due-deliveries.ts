import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../database/index.js';
import { Secrets } from './secrets.js';

/** A delivery that no other worker sends until its lease ends. */
export interface DueDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly body: string;
  readonly url: string;
  /** This attempt included. */
  readonly attempts: number;
  /** The newest first. */
  readonly secrets: readonly Buffer[];
}

export interface ClaimOptions {
  /** Endpoints whose last delivery failed are claimed apart, so that they cannot use up the slots of the others. */
  readonly failing: boolean;
  readonly batchMax: number;
  readonly perEndpointMax: number;
  /** Deliveries of an endpoint that this process is sending. */
  readonly inFlight: ReadonlyMap<string, number>;
  readonly leaseSeconds: number;
}

/** The outcome of an attempt that did not deliver. */
export interface FailedAttempt {
  readonly statusCode: number | null;
  /** Our words, never the endpoint's. */
  readonly error: string;
  /** Undefined when there is no further attempt. */
  readonly pauseMs: number | undefined;
  /** The endpoint answered that nothing more should be sent. */
  readonly isGone: boolean;
}

/** An endpoint is disabled when both bounds are reached. */
export interface DisablingRule {
  readonly failuresMin: number;
  readonly failingHoursMin: number;
}

interface DueRow {
  id: string;
  endpoint_id: string;
  event_id: string;
  body: string;
  url: string;
  attempts: number;
  secret_sealed: Buffer;
  previous_secret_sealed: Buffer | null;
}

/** The sending side of the deliveries: leases and outcomes (ADR 020). */
@Injectable()
export class DueDeliveries {
  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly secrets: Secrets,
  ) {}

  /** Leases deliveries that are due, a bounded number per endpoint; two workers never lease the same one. */
  async claim({ failing, batchMax, perEndpointMax, inFlight, leaseSeconds }: ClaimOptions): Promise<DueDelivery[]> {
    const [rows]: [DueRow[], number] = await this.database.primary.query(CLAIM, [
      [...inFlight.keys()],
      [...inFlight.values()],
      perEndpointMax,
      failing,
      batchMax,
      leaseSeconds,
    ]);
    return rows.map((row) => ({
      id: row.id,
      endpointId: row.endpoint_id,
      eventId: row.event_id,
      body: row.body,
      url: row.url,
      attempts: row.attempts,
      secrets: [row.secret_sealed, ...(row.previous_secret_sealed ? [row.previous_secret_sealed] : [])].map((sealed) =>
        this.secrets.open(sealed),
      ),
    }));
  }

  /** Changes nothing when another worker holds the lease by now. */
  async recordSuccess({ id, attempts, endpointId }: DueDelivery, statusCode: number): Promise<void> {
    await this.database.primary.query(RECORD_SUCCESS, [id, attempts, statusCode, endpointId]);
  }

  /** Changes nothing when another worker holds the lease by now. @returns whether the endpoint is disabled by this */
  async recordFailure(
    { id, attempts }: DueDelivery,
    { statusCode, error, pauseMs, isGone }: FailedAttempt,
    { failuresMin, failingHoursMin }: DisablingRule,
  ): Promise<boolean> {
    const [rows]: [{ status: string }[], number] = await this.database.primary.query(RECORD_FAILURE, [
      id,
      attempts,
      statusCode,
      error,
      pauseMs ?? null,
      isGone,
      failuresMin,
      failingHoursMin,
    ]);
    return rows[0]?.status === 'disabled';
  }
}

const CLAIM = `WITH candidate AS (
  SELECT pick.id FROM platform.webhook_endpoints AS endpoint
    LEFT JOIN unnest($1::uuid[], $2::integer[]) AS busy (endpoint_id, in_flight) ON busy.endpoint_id = endpoint.id
    CROSS JOIN LATERAL (
      SELECT id, next_attempt_at FROM platform.webhook_deliveries
       WHERE endpoint_id = endpoint.id AND status = 'pending' AND next_attempt_at <= now()
       ORDER BY next_attempt_at LIMIT greatest($3 - COALESCE(busy.in_flight, 0), 0)
    ) AS pick
   WHERE endpoint.status = 'enabled' AND (endpoint.failures_in_row > 0) = $4
   ORDER BY pick.next_attempt_at LIMIT $5
), due AS (
  SELECT delivery.id FROM platform.webhook_deliveries AS delivery JOIN candidate ON candidate.id = delivery.id
   WHERE delivery.status = 'pending' AND delivery.next_attempt_at <= now() FOR UPDATE OF delivery SKIP LOCKED
)
UPDATE platform.webhook_deliveries AS delivery
   SET next_attempt_at = now() + make_interval(secs => $6), attempts = delivery.attempts + 1
  FROM due, platform.webhook_endpoints AS endpoint
 WHERE delivery.id = due.id AND endpoint.id = delivery.endpoint_id
RETURNING delivery.id, delivery.endpoint_id, delivery.event_id, delivery.body, delivery.attempts,
  endpoint.url, endpoint.secret_sealed,
  CASE WHEN endpoint.previous_secret_until > now() THEN endpoint.previous_secret_sealed END AS previous_secret_sealed`;

const RECORD_SUCCESS = `WITH ended AS (
  UPDATE platform.webhook_deliveries
     SET status = 'delivered', ended_at = now(), last_status_code = $3, last_error = NULL
   WHERE id = $1 AND attempts = $2 AND status = 'pending' RETURNING endpoint_id
)
UPDATE platform.webhook_endpoints SET failures_in_row = 0, failing_since = NULL
 WHERE id = $4 AND failures_in_row > 0 AND EXISTS (SELECT FROM ended)`;

const RECORD_FAILURE = `WITH failed AS (
  UPDATE platform.webhook_deliveries SET last_status_code = $3, last_error = $4,
    status = CASE WHEN $5::float8 IS NULL THEN 'dead' ELSE 'pending' END,
    ended_at = CASE WHEN $5::float8 IS NULL THEN now() END,
    next_attempt_at = now() + COALESCE($5::float8, 0) * interval '1 millisecond'
   WHERE id = $1 AND attempts = $2 AND status = 'pending' RETURNING endpoint_id
), decision AS (
  SELECT endpoint.id, CASE
      WHEN $6 THEN 'gone'
      WHEN endpoint.failures_in_row + 1 >= $7 AND endpoint.failing_since <= now() - make_interval(hours => $8)
        THEN 'failing' END AS disabled_reason
    FROM platform.webhook_endpoints AS endpoint JOIN failed ON failed.endpoint_id = endpoint.id
   WHERE endpoint.status = 'enabled'
     FOR NO KEY UPDATE OF endpoint
)
UPDATE platform.webhook_endpoints AS endpoint
   SET failures_in_row = failures_in_row + 1, failing_since = COALESCE(failing_since, now()),
       status = CASE WHEN decision.disabled_reason IS NULL THEN endpoint.status ELSE 'disabled' END,
       disabled_reason = decision.disabled_reason
  FROM decision WHERE endpoint.id = decision.id
RETURNING endpoint.status`;
