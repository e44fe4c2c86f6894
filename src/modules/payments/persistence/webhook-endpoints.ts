import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { PartnerEventType } from '../partners/partner-events.js';

/** Where a partner wants to hear of payments. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly accountId: string;
  readonly url: string;
  readonly events: readonly PartnerEventType[];
  readonly status: 'enabled' | 'disabled';
  /** `gone`: the partner answered 410; `failing`: nothing got through for days. */
  readonly disabledReason: 'gone' | 'failing' | null;
  /** Until then the secret before the last rotation signs too. */
  readonly previousSecretUntil: Date | null;
  readonly createdAt: Date;
}

interface Row {
  id: string;
  account_id: string;
  url: string;
  events: PartnerEventType[];
  status: WebhookEndpoint['status'];
  disabled_reason: WebhookEndpoint['disabledReason'];
  previous_secret_until: Date | null;
  created_at: Date;
}

type Changed = [Row[], number];

const COLUMNS = 'id, account_id, url, events, status, disabled_reason, previous_secret_until, created_at';

/** The endpoints of partners; each is seen by the account that owns it alone. */
@Injectable()
export class WebhookEndpoints {
  constructor(@InjectDatabase('payments') private readonly database: ContextDatabase) {}

  /** @returns undefined when the account has `endpointsMax` already, however many come at once */
  async add(
    tx: Transaction,
    {
      id,
      accountId,
      url,
      events,
      secretSealed,
    }: Pick<WebhookEndpoint, 'id' | 'accountId' | 'url' | 'events'> & { secretSealed: Buffer },
    endpointsMax: number,
  ): Promise<WebhookEndpoint | undefined> {
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('payments.webhook_endpoints/' || $1, 0))", [
      accountId,
    ]);
    const rows: Row[] = await tx.query(
      `INSERT INTO payments.webhook_endpoints (id, account_id, url, events, secret_sealed) SELECT $1, $2, $3, $4, $5
       WHERE (SELECT count(*) FROM payments.webhook_endpoints WHERE account_id = $2 AND status <> 'deleted') < $6
       RETURNING ${COLUMNS}`,
      [id, accountId, url, events, secretSealed, endpointsMax],
    );
    return rows[0] && toEndpoint(rows[0]);
  }

  async find(accountId: string, id: string): Promise<WebhookEndpoint | undefined> {
    const rows = await this.database.read<Row>(
      `SELECT ${COLUMNS} FROM payments.webhook_endpoints WHERE account_id = $1 AND id = $2 AND status <> 'deleted'`,
      [accountId, id],
      'own-writes',
    );
    return rows[0] && toEndpoint(rows[0]);
  }

  /** The newest first, those before `beforeId`. */
  async list(accountId: string, limit: number, beforeId: string | undefined): Promise<WebhookEndpoint[]> {
    const rows = await this.database.read<Row>(
      `SELECT ${COLUMNS} FROM payments.webhook_endpoints WHERE account_id = $1 AND status <> 'deleted' AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2`,
      [accountId, limit, beforeId ?? null],
      'own-writes',
    );
    return rows.map(toEndpoint);
  }

  /** Nothing is sent any more and its secrets are gone at once; its deliveries go in batches later. @returns false when there is none */
  async remove(tx: Transaction, accountId: string, id: string): Promise<boolean> {
    const [rows]: Changed = await tx.query(
      `UPDATE payments.webhook_endpoints SET status = 'deleted', secret_sealed = '', previous_secret_sealed = NULL, previous_secret_until = NULL
       WHERE account_id = $1 AND id = $2 AND status <> 'deleted' RETURNING id`,
      [accountId, id],
    );
    return rows.length > 0;
  }

  /** Puts a new secret in place; the one before signs too for a while. */
  async rotate(
    tx: Transaction,
    accountId: string,
    id: string,
    secretSealed: Buffer,
    overlapHours: number,
  ): Promise<WebhookEndpoint | undefined> {
    const [rows]: Changed = await tx.query(
      `UPDATE payments.webhook_endpoints SET previous_secret_sealed = secret_sealed, previous_secret_until = now() + make_interval(hours => $4), secret_sealed = $3
       WHERE account_id = $1 AND id = $2 AND status <> 'deleted' RETURNING ${COLUMNS}`,
      [accountId, id, secretSealed, overlapHours],
    );
    return rows[0] && toEndpoint(rows[0]);
  }

  /** Takes an endpoint up again with a clean record; what is still pending goes on. */
  async enable(tx: Transaction, accountId: string, id: string): Promise<WebhookEndpoint | undefined> {
    const [rows]: Changed = await tx.query(
      `UPDATE payments.webhook_endpoints SET status = 'enabled', disabled_reason = NULL, failures_in_row = 0, failing_since = NULL
       WHERE account_id = $1 AND id = $2 AND status <> 'deleted' RETURNING ${COLUMNS}`,
      [accountId, id],
    );
    return rows[0] && toEndpoint(rows[0]);
  }
}

function toEndpoint(row: Row): WebhookEndpoint {
  return {
    id: row.id,
    accountId: row.account_id,
    url: row.url,
    events: row.events,
    status: row.status,
    disabledReason: row.disabled_reason,
    previousSecretUntil: row.previous_secret_until,
    createdAt: row.created_at,
  };
}
