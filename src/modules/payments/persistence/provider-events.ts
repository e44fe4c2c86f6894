import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { ProviderEvent } from '../domain/provider-event.js';

/** The events received from the provider; an event acts once, in the transaction that records it. */
@Injectable()
export class ProviderEvents {
  constructor(@InjectDatabase('payments') private readonly database: ContextDatabase) {}

  /**
   * Records an event and requests an attempt at its subject. A pending operation becomes due now; while another attempt
   * holds its lease, the next one follows at once. A payment that failed here gets an orphan check.
   * @returns false for an event that was received before
   */
  async receive({ id, type, subject }: ProviderEvent): Promise<boolean> {
    if (subject === undefined) return this.record(id, type);
    return subject.kind === 'payment'
      ? this.receiveForPayment(id, type, subject)
      : this.receiveForRefund(id, type, subject.id);
  }

  private async record(id: string, type: string): Promise<boolean> {
    const rows: unknown[] = await this.database.primary.query(
      'INSERT INTO payments.provider_events (id, type) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id',
      [id, type],
    );
    return rows.length > 0;
  }

  private receiveForPayment(
    id: string,
    type: string,
    payment: { id: string; accountId: string; mayHoldMoney: boolean },
  ): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const rows: unknown[] = await tx.query(
        `WITH event AS (
           INSERT INTO payments.provider_events (id, type, subject_id) VALUES ($1, $2, $3)
           ON CONFLICT DO NOTHING RETURNING id
         ), woken AS (
           UPDATE payments.pending_payments SET wake_requested = true,
             next_attempt_at = CASE WHEN leased_until > now() THEN next_attempt_at ELSE now() END
           WHERE payment_id = $3 AND EXISTS (SELECT FROM event)
         )
         SELECT id FROM event`,
        [id, type, payment.id],
      );
      if (rows.length > 0 && payment.mayHoldMoney && (await hasFailed(tx, payment)))
        await checkForOrphanedCharge(tx, payment);
      return rows.length > 0;
    });
  }

  private async receiveForRefund(id: string, type: string, refundId: string): Promise<boolean> {
    const rows: unknown[] = await this.database.primary.query(
      `WITH event AS (
         INSERT INTO payments.provider_events (id, type, subject_id) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING RETURNING id
       ), woken AS (
         UPDATE payments.pending_refunds SET wake_requested = true,
           next_attempt_at = CASE WHEN leased_until > now() THEN next_attempt_at ELSE now() END
         WHERE refund_id = $3 AND EXISTS (SELECT FROM event)
       )
       SELECT id FROM event`,
      [id, type, refundId],
    );
    return rows.length > 0;
  }
}

async function hasFailed(tx: Transaction, { id, accountId }: { id: string; accountId: string }): Promise<boolean> {
  const rows: unknown[] = await tx.query(
    "SELECT FROM payments.payments WHERE account_id = $1 AND id = $2 AND status = 'failed'",
    [accountId, id],
  );
  return rows.length > 0;
}

async function checkForOrphanedCharge(
  tx: Transaction,
  { id, accountId }: { id: string; accountId: string },
): Promise<void> {
  await tx.query(
    `INSERT INTO payments.orphan_checks AS known (payment_id, account_id, next_attempt_at) VALUES ($1, $2, now())
     ON CONFLICT (payment_id) DO UPDATE SET wake_requested = true,
       next_attempt_at = CASE WHEN known.leased_until > now() THEN known.next_attempt_at ELSE now() END`,
    [id, accountId],
  );
}
