import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { Refund } from '../domain/refund.js';

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

  async find(
    accountId: string,
    id: string,
    manager: EntityManager = this.database.primary,
  ): Promise<Refund | undefined> {
    const rows: Row[] = await manager.query('SELECT * FROM payments.refunds WHERE account_id = $1 AND id = $2', [
      accountId,
      id,
    ]);
    return rows[0] && toRefund(rows[0]);
  }

  /**
   * Reserves an amount of the payment and begins the refund; the payment's row lock orders concurrent refunds.
   * @param amountMinor null for all that is left
   * @returns undefined when less is left than was asked for
   */
  async begin(
    tx: Transaction,
    refund: { id: string; accountId: string; paymentId: string; amountMinor: bigint | null },
    leaseSeconds: number,
  ): Promise<Refund | undefined> {
    const { accountId, paymentId, id } = refund;
    const [payment]: { left_minor: string; currency: string }[] = await tx.query(
      `SELECT amount_minor - refunded_minor - refund_pending_minor AS left_minor, currency FROM payments.payments
        WHERE account_id = $1 AND id = $2 AND status = 'captured' FOR UPDATE`,
      [accountId, paymentId],
    );
    const leftMinor = BigInt(payment?.left_minor ?? 0);
    const amountMinor = refund.amountMinor ?? leftMinor;
    if (!payment || leftMinor <= 0n || amountMinor > leftMinor) return undefined;
    await tx.query(
      `UPDATE payments.payments SET refund_pending_minor = refund_pending_minor + $3::bigint
        WHERE account_id = $1 AND id = $2`,
      [accountId, paymentId, String(amountMinor)],
    );
    const rows: Row[] = await tx.query(
      `INSERT INTO payments.refunds (account_id, id, payment_id, amount_minor, currency, status)
        VALUES ($1, $2, $3, $4, $5, 'processing') RETURNING *`,
      [accountId, id, paymentId, String(amountMinor), payment.currency],
    );
    await tx.query(
      `INSERT INTO payments.pending_refunds (refund_id, account_id, next_attempt_at, leased_until)
       VALUES ($1, $2, now() + make_interval(secs => $3), now() + make_interval(secs => $3))`,
      [id, accountId, leaseSeconds],
    );
    return rows[0] && toRefund(rows[0]);
  }

  /** Records how a refund ended. @returns false when it had ended before */
  async end(
    tx: Transaction,
    { accountId, id, paymentId, amountMinor }: Refund,
    status: 'succeeded' | 'failed',
  ): Promise<boolean> {
    const [, ended]: [unknown[], number] = await tx.query(
      "UPDATE payments.refunds SET status = $3 WHERE account_id = $1 AND id = $2 AND status = 'processing'",
      [accountId, id, status],
    );
    if (ended === 0) return false;
    await tx.query(
      `UPDATE payments.payments SET refund_pending_minor = refund_pending_minor - $3::bigint,
         refunded_minor = refunded_minor + CASE WHEN $4 = 'succeeded' THEN $3::bigint ELSE 0 END
        WHERE account_id = $1 AND id = $2`,
      [accountId, paymentId, String(amountMinor), status],
    );
    await tx.query('DELETE FROM payments.pending_refunds WHERE refund_id = $1', [id]);
    return true;
  }
}

function toRefund(row: Row): Refund {
  return {
    id: row.id,
    accountId: row.account_id,
    paymentId: row.payment_id,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    status: row.status,
    createdAt: row.created_at,
  };
}
