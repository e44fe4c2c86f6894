import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import { LeaseLostError, type PreparedAnswer } from '../../../platform/idempotency/index.js';
import type { StockRow } from '../../catalog/index.js';
import type { Payment, PaymentStatus } from '../domain/payment.js';

/** What `payments.record_capture` raises when another attempt has taken the key over. */
const LEASE_LOST = 'P0L01';

interface LineRow {
  item_id: string;
  sku: string;
  title: string;
  quantity: number;
  /** Text: a JSON number would lose what is beyond 2^53. */
  unit_price_minor: string;
}

interface Row {
  id: string;
  account_id: string;
  reference: string | null;
  status: PaymentStatus;
  amount_minor: string;
  currency: string;
  refunded_minor: string;
  provider_id: string | null;
  failure: string | null;
  created_at: Date;
  captured_at: Date | null;
  lines: LineRow[];
}

/** A payment that is about to begin. */
export interface NewPayment {
  readonly accountId: string;
  readonly id: string;
  readonly reference: string | null;
  readonly requests: string;
  readonly cardTokenSealed: Buffer;
  readonly leaseSeconds: number;
}

/** The result; `paid` without `paidBy` when the payment that held the reference has failed meanwhile. */
export interface Begun {
  readonly outcome: 'begun' | 'paid' | 'refused' | 'unpayable';
  readonly createdAt: Date;
  readonly paidBy: string | undefined;
  readonly quoted: readonly StockRow[];
}

/** Of the account $1, also for the lines: the planner then opens one partition of each table. */
const SELECT = `SELECT payment.*, (
    SELECT json_agg(json_build_object(
      'item_id', line.item_id, 'sku', line.sku, 'title', line.title, 'quantity', line.quantity,
      'unit_price_minor', line.unit_price_minor::text
    ) ORDER BY line.line_number)
    FROM payments.payment_lines line WHERE line.account_id = $1 AND line.payment_id = payment.id
  ) AS lines
  FROM payments.payments payment`;

/**
 * Payments and their lines. Every statement names the account, so that it visits one partition, and none names a table
 * that is not partitioned by account beside one that is: those may stand on different machines (ADR 018).
 */
@Injectable()
export class Payments {
  constructor(@InjectDatabase('payments') private readonly database: ContextDatabase) {}

  async find(accountId: string, id: string): Promise<Payment | undefined> {
    const rows = await this.database.read<Row>(
      `${SELECT} WHERE payment.account_id = $1 AND payment.id = $2`,
      [accountId, id],
      'own-writes',
    );
    return rows[0] && toPayment(rows[0]);
  }

  /** The newest first; the page begins after the given id, since ids are in the order of time. */
  async list(accountId: string, limit: number, afterId: string | undefined): Promise<Payment[]> {
    const rows = await this.database.read<Row>(
      `${SELECT} WHERE payment.account_id = $1 AND ($3::uuid IS NULL OR payment.id < $3::uuid)
        ORDER BY payment.id DESC LIMIT $2`,
      [accountId, limit, afterId ?? null],
      'own-writes',
    );
    return rows.map(toPayment);
  }

  /**
   * Begins a payment in one durable statement: price and stock are read and the stock is reserved, and the payment, its
   * lines and its pending operation are written, all or nothing.
   * @param order.requests as `StockReservations.requestsOf` makes them
   */
  async begin({ accountId, id, reference, requests, cardTokenSealed, leaseSeconds }: NewPayment): Promise<Begun> {
    const [row]: {
      outcome: Begun['outcome'];
      created_at: Date | null;
      paid_by: string | null;
      quoted: StockRow[] | null;
    }[] = await this.database.primary.query(
      'SELECT outcome, created_at, paid_by, quoted FROM payments.begin_payment($1, $2, $3, $4::jsonb, $5, $6)',
      [accountId, id, reference, requests, cardTokenSealed, leaseSeconds],
    );
    return {
      outcome: row?.outcome ?? 'refused',
      createdAt: row?.created_at ?? new Date(0),
      paidBy: row?.paid_by ?? undefined,
      quoted: row?.quoted ?? [],
    };
  }

  /**
   * Records the capture with its event and its stored answer, in one durable statement.
   * @param rest.events as `Outbox.prepare` makes them
   * @returns false when the payment had ended before
   * @throws LeaseLostError when another attempt has taken the key over; then nothing of it was written
   */
  async recordCaptureAtOnce(
    { accountId, id, providerId, capturedAt }: Payment,
    { events, answer }: { events: string; answer: PreparedAnswer },
  ): Promise<boolean> {
    try {
      const [row]: { recorded: boolean }[] = await this.database.primary.query(
        'SELECT payments.record_capture($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7) AS recorded',
        [accountId, id, providerId, capturedAt, events, answer.key, answer.body],
      );
      return row?.recorded === true;
    } catch (error) {
      if ((error as { code?: unknown }).code === LEASE_LOST) throw new LeaseLostError();
      throw error;
    }
  }

  /** Records the capture and closes the payment. @returns undefined when it had ended before */
  async recordCapture(
    tx: Transaction,
    accountId: string,
    id: string,
    providerId: string,
  ): Promise<{ capturedAt: Date } | undefined> {
    const [rows]: [{ captured_at: Date }[], number] = await tx.query(
      `UPDATE payments.payments SET status = 'captured', captured_at = now(), provider_id = $3
        WHERE account_id = $1 AND id = $2 AND status = 'processing' RETURNING captured_at`,
      [accountId, id, providerId],
    );
    if (rows[0]) await tx.query('DELETE FROM payments.pending_payments WHERE payment_id = $1', [id]);
    return rows[0] && { capturedAt: rows[0].captured_at };
  }

  /**
   * Records the failure and closes the payment.
   * @param orphanCheckInSeconds when the provider is asked again whether it holds money all the same; null for never
   * @returns false when it had ended before: then no stock may be released
   */
  async recordFailure(
    tx: Transaction,
    accountId: string,
    id: string,
    { reason, orphanCheckInSeconds }: { reason: string; orphanCheckInSeconds: number | null },
  ): Promise<boolean> {
    const [, failed]: [unknown[], number] = await tx.query(
      `UPDATE payments.payments SET status = 'failed', failure = $3
        WHERE account_id = $1 AND id = $2 AND status = 'processing'`,
      [accountId, id, reason],
    );
    if (failed === 0) return false;
    await tx.query(
      `WITH closed AS (
         DELETE FROM payments.pending_payments WHERE payment_id = $2
       )
       INSERT INTO payments.orphan_checks (payment_id, account_id, next_attempt_at)
       SELECT $2::uuid, $1::uuid, now() + make_interval(secs => $3::float8) WHERE $3::float8 IS NOT NULL`,
      [accountId, id, orphanCheckInSeconds],
    );
    return true;
  }
}

function toPayment(row: Row): Payment {
  return {
    id: row.id,
    accountId: row.account_id,
    reference: row.reference,
    status: row.status,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    refundedMinor: BigInt(row.refunded_minor),
    providerId: row.provider_id,
    failure: row.failure,
    lines: row.lines.map((line) => ({
      itemId: line.item_id,
      sku: line.sku,
      title: line.title,
      quantity: line.quantity,
      unitPriceMinor: BigInt(line.unit_price_minor),
    })),
    createdAt: row.created_at,
    capturedAt: row.captured_at,
  };
}
