import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** A delivery that nobody else sends until its lease ends. */
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
  /** Endpoints whose last delivery failed are claimed apart, so that they cannot use up the room of the others. */
  readonly failing: boolean;
  readonly batchMax: number;
  readonly perEndpointMax: number;
  /** How many deliveries of an endpoint are under way here. */
  readonly underWay: ReadonlyMap<string, number>;
  readonly leaseSeconds: number;
}

/** What came of an attempt that did not deliver. */
export interface FailedAttempt {
  readonly statusCode: number | null;
  /** Ours, never the partner's words. */
  readonly error: string;
  /** Undefined when there is no further attempt. */
  readonly pauseMs: number | undefined;
  /** The partner says that nothing is to come any more. */
  readonly isGone: boolean;
}

/** An endpoint that failed so often in a row and for so long is taken out. */
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

/** The working side of the deliveries: leases, outcomes and the reaping of what is old. */
@Injectable()
export class WebhookSending {
  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly secrets: WebhookSecrets,
  ) {}

  /** Takes the lease of deliveries that are due, some of each endpoint; several workers never take the same one. */
  async claim({ failing, batchMax, perEndpointMax, underWay, leaseSeconds }: ClaimOptions): Promise<DueDelivery[]> {
    const [rows]: [DueRow[], number] = await this.database.primary.query(
      `WITH candidate AS (
         SELECT pick.id FROM payments.webhook_endpoints AS endpoint
           LEFT JOIN unnest($1::uuid[], $2::integer[]) AS busy (endpoint_id, taken) ON busy.endpoint_id = endpoint.id
           CROSS JOIN LATERAL (
             SELECT id, next_attempt_at FROM payments.webhook_deliveries
              WHERE endpoint_id = endpoint.id AND status = 'pending' AND next_attempt_at <= now()
              ORDER BY next_attempt_at LIMIT greatest($3 - COALESCE(busy.taken, 0), 0)
           ) AS pick
          WHERE endpoint.status = 'enabled' AND (endpoint.failures_in_row > 0) = $4
          ORDER BY pick.next_attempt_at LIMIT $5
       ), due AS (
         SELECT delivery.id FROM payments.webhook_deliveries AS delivery JOIN candidate ON candidate.id = delivery.id
          WHERE delivery.status = 'pending' AND delivery.next_attempt_at <= now() FOR UPDATE OF delivery SKIP LOCKED
       )
       UPDATE payments.webhook_deliveries AS delivery SET next_attempt_at = now() + make_interval(secs => $6), attempts = delivery.attempts + 1
         FROM due, payments.webhook_endpoints AS endpoint
        WHERE delivery.id = due.id AND endpoint.id = delivery.endpoint_id
       RETURNING delivery.id, delivery.endpoint_id, delivery.event_id, delivery.body, delivery.attempts, endpoint.url, endpoint.secret_sealed,
         CASE WHEN endpoint.previous_secret_until > now() THEN endpoint.previous_secret_sealed END AS previous_secret_sealed`,
      [[...underWay.keys()], [...underWay.values()], perEndpointMax, failing, batchMax, leaseSeconds],
    );
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

  /** An attempt whose lease somebody else has by now changes nothing. */
  async recordSuccess({ id, attempts, endpointId }: DueDelivery, statusCode: number): Promise<void> {
    await this.database.primary.query(
      `WITH ended AS (
         UPDATE payments.webhook_deliveries SET status = 'delivered', ended_at = now(), last_status_code = $3, last_error = NULL
          WHERE id = $1 AND attempts = $2 AND status = 'pending' RETURNING endpoint_id
       )
       UPDATE payments.webhook_endpoints SET failures_in_row = 0, failing_since = NULL
        WHERE id = $4 AND failures_in_row > 0 AND EXISTS (SELECT FROM ended)`,
      [id, attempts, statusCode, endpointId],
    );
  }

  /** @returns whether the endpoint is disabled by this */
  async recordFailure(
    { id, attempts }: DueDelivery,
    { statusCode, error, pauseMs, isGone }: FailedAttempt,
    { failuresMin, failingHoursMin }: DisablingRule,
  ): Promise<boolean> {
    const [rows]: [{ status: string }[], number] = await this.database.primary.query(
      `WITH failed AS (
         UPDATE payments.webhook_deliveries SET last_status_code = $3, last_error = $4,
           status = CASE WHEN $5::float8 IS NULL THEN 'dead' ELSE 'pending' END, ended_at = CASE WHEN $5::float8 IS NULL THEN now() END,
           next_attempt_at = now() + COALESCE($5::float8, 0) * interval '1 millisecond'
          WHERE id = $1 AND attempts = $2 AND status = 'pending' RETURNING endpoint_id
       ), decision AS (
         SELECT endpoint.id, CASE WHEN $6 THEN 'gone'
             WHEN endpoint.failures_in_row + 1 >= $7 AND endpoint.failing_since <= now() - make_interval(hours => $8) THEN 'failing' END AS reason
           FROM payments.webhook_endpoints AS endpoint JOIN failed ON failed.endpoint_id = endpoint.id
          WHERE endpoint.status = 'enabled'
          FOR NO KEY UPDATE OF endpoint
       )
       UPDATE payments.webhook_endpoints AS endpoint SET failures_in_row = failures_in_row + 1, failing_since = COALESCE(failing_since, now()),
         status = CASE WHEN decision.reason IS NULL THEN endpoint.status ELSE 'disabled' END, disabled_reason = decision.reason
         FROM decision WHERE endpoint.id = decision.id
       RETURNING endpoint.status`,
      [id, attempts, statusCode, error, pauseMs ?? null, isGone, failuresMin, failingHoursMin],
    );
    return rows[0]?.status === 'disabled';
  }

  async countOpen(): Promise<number> {
    const rows: { open: number }[] = await this.database.primary.query(
      "SELECT count(*)::integer AS open FROM payments.webhook_deliveries WHERE status = 'pending'",
    );
    return rows[0]?.open ?? 0;
  }

  /** Removes what ended long ago. @returns how many, at most `batchMax` */
  async reapEnded(batchMax: number, deliveredDays: number, deadDays: number): Promise<number> {
    const [, reaped]: [unknown[], number] = await this.database.primary.query(
      `DELETE FROM payments.webhook_deliveries WHERE id IN (
         SELECT id FROM payments.webhook_deliveries
          WHERE ended_at < now() - make_interval(days => $2) AND (status = 'delivered' OR ended_at < now() - make_interval(days => $3))
          ORDER BY ended_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [batchMax, deliveredDays, deadDays],
    );
    return reaped;
  }

  /** Removes deliveries of deleted endpoints, and then the endpoints. @returns how many rows of both, at most twice `batchMax` */
  async reapDeleted(batchMax: number): Promise<number> {
    const [, deliveries]: [unknown[], number] = await this.database.primary.query(
      `DELETE FROM payments.webhook_deliveries WHERE id IN (
         SELECT delivery.id FROM payments.webhook_deliveries AS delivery JOIN payments.webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
          WHERE endpoint.status = 'deleted' LIMIT $1 FOR UPDATE OF delivery SKIP LOCKED)`,
      [batchMax],
    );
    const [, endpoints]: [unknown[], number] = await this.database.primary.query(
      `DELETE FROM payments.webhook_endpoints WHERE id IN (
         SELECT id FROM payments.webhook_endpoints AS endpoint
          WHERE status = 'deleted' AND NOT EXISTS (SELECT FROM payments.webhook_deliveries WHERE endpoint_id = endpoint.id) LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [batchMax],
    );
    return deliveries + endpoints;
  }
}
