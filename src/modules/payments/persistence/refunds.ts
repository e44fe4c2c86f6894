import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';

/** Money on its way back. */
export interface Refund {
  readonly id: string;
  readonly accountId: string;
  readonly paymentId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly status: 'processing' | 'succeeded' | 'failed';
  readonly createdAt: Date;
}

interface Row {
  id: string;
  account_id: string;
  payment_id: string;
  amount_minor: string;
  currency: string;
  status: Refund['status'];
  created_at: Date;
}

/** Refunds; the payment's own row keeps their sum, so that it can never exceed what was captured. */
@Injectable()
export class Refunds {
  constructor(@InjectDatabase('payments') private readonly database: ContextDatabase) {}

  async find(accountId: string, id: string, manager: EntityManager = this.database.primary): Promise<Refund | undefined> {
    const rows: Row[] = await manager.query('SELECT * FROM payments.refunds WHERE account_id = $1 AND id = $2', [accountId, id]);
    return rows[0] && toRefund(rows[0]);
  }

  /**
   * Sets an amount aside and begins the refund, in one statement; the row's lock orders those who come at once.
   * @param amountMinor null for all that is left
   * @returns undefined when less is left than was asked for
   */
  async begin(tx: Transaction, refund: { id: string; accountId: string; paymentId: string; amountMinor: bigint | null }, leaseSeconds: number): Promise<Refund | undefined> {
    const rows: Row[] = await tx.query(
      `WITH locked AS (
         SELECT account_id, id, amount_minor - refunded_minor - refund_pending_minor AS left_minor FROM payments.payments
         WHERE account_id = $1 AND id = $2 AND status = 'captured' FOR UPDATE
       ), aside AS (
         UPDATE payments.payments payment SET refund_pending_minor = refund_pending_minor + COALESCE($4::bigint, locked.left_minor)
         FROM locked WHERE payment.account_id = $1 AND payment.id = $2 AND locked.left_minor > 0 AND COALESCE($4::bigint, locked.left_minor) <= locked.left_minor
         RETURNING payment.currency, COALESCE($4::bigint, locked.left_minor) AS amount_minor
       ), refund AS (
         INSERT INTO payments.refunds (account_id, id, payment_id, amount_minor, currency, status)
         SELECT $1, $3, $2, aside.amount_minor, aside.currency, 'processing' FROM aside RETURNING *
       ), open AS (
         INSERT INTO payments.open_refunds (refund_id, account_id, next_attempt_at, leased_until)
         SELECT refund.id, refund.account_id, now() + make_interval(secs => $5), now() + make_interval(secs => $5) FROM refund
       )
       SELECT * FROM refund`,
      [refund.accountId, refund.paymentId, refund.id, refund.amountMinor === null ? null : String(refund.amountMinor), leaseSeconds],
    );
    return rows[0] && toRefund(rows[0]);
  }

  /** Records how a refund ended. @returns false when it had ended before */
  async end(tx: Transaction, { accountId, id, paymentId, amountMinor }: Refund, status: 'succeeded' | 'failed'): Promise<boolean> {
    const rows: unknown[] = await tx.query(
      `WITH ended AS (
         UPDATE payments.refunds SET status = $3 WHERE account_id = $1 AND id = $2 AND status = 'processing' RETURNING id
       ), settled AS (
         UPDATE payments.payments SET refund_pending_minor = refund_pending_minor - $5::bigint,
           refunded_minor = refunded_minor + CASE WHEN $3 = 'succeeded' THEN $5::bigint ELSE 0 END
         WHERE account_id = $1 AND id = $4 AND EXISTS (SELECT FROM ended)
       ), closed AS (
         DELETE FROM payments.open_refunds USING ended WHERE refund_id = ended.id
       )
       SELECT id FROM ended`,
      [accountId, id, status, paymentId, String(amountMinor)],
    );
    return rows.length > 0;
  }
}

function toRefund(row: Row): Refund {
  return { id: row.id, accountId: row.account_id, paymentId: row.payment_id, amountMinor: BigInt(row.amount_minor), currency: row.currency, status: row.status, createdAt: row.created_at };
}
