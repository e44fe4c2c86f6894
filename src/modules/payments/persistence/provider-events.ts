import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { ProviderEvent } from '../domain/provider-event.js';

/** Longer than a provider goes on telling an event, and than anybody replays one by hand. */
const KEPT = '30 days';

/** What the provider has told; an event acts once, in the transaction that remembers it. */
@Injectable()
export class ProviderEvents {
  constructor(@InjectDatabase('payments') private readonly database: ContextDatabase) {}

  /**
   * Remembers an event and wakes whatever it is about: what is open is looked at now, unless somebody is at it, who then
   * looks again; a payment that failed here is checked for money that the provider holds all the same.
   * @returns false for an event that was told before
   */
  async receive({ id, type, subject }: ProviderEvent): Promise<boolean> {
    if (subject === undefined) return this.remember(id, type);
    return subject.kind === 'payment'
      ? this.receiveForPayment(id, type, subject)
      : this.receiveForRefund(id, type, subject.id);
  }

  /** Removes events past their time; no lock, since that would need the right to change them. @returns how many, at most `batchMax` */
  async forgetOld(batchMax: number): Promise<number> {
    const [, forgotten]: [unknown[], number] = await this.database.primary.query(
      `DELETE FROM payments.provider_events WHERE id IN (SELECT id FROM payments.provider_events WHERE received_at <= now() - $2::interval ORDER BY received_at LIMIT $1)`,
      [batchMax, KEPT],
    );
    return forgotten;
  }

  private async remember(id: string, type: string): Promise<boolean> {
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
           INSERT INTO payments.provider_events (id, type, subject_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id
         ), woken AS (
           UPDATE payments.pending_payments SET wake_requested = true, next_attempt_at = CASE WHEN leased_until > now() THEN next_attempt_at ELSE now() END
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
         INSERT INTO payments.provider_events (id, type, subject_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id
       ), woken AS (
         UPDATE payments.pending_refunds SET wake_requested = true, next_attempt_at = CASE WHEN leased_until > now() THEN next_attempt_at ELSE now() END
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
     ON CONFLICT (payment_id) DO UPDATE SET wake_requested = true, next_attempt_at = CASE WHEN known.leased_until > now() THEN known.next_attempt_at ELSE now() END`,
    [id, accountId],
  );
}
