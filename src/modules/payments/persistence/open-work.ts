import { Injectable } from '@nestjs/common';
import { InjectConfig, deriveKey, type Config } from '../../../platform/config/index.js';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { seal, unseal } from '../../../platform/identity/index.js';

/** A payment in flight that nobody else looks after until its lease ends. */
export interface OpenPayment {
  readonly paymentId: string;
  readonly accountId: string;
  readonly cardToken: string;
  /** How often it was looked at before. */
  readonly looks: number;
}

/** A refund in flight. */
export interface OpenRefund {
  readonly refundId: string;
  readonly accountId: string;
  readonly looks: number;
}

/**
 * What is in flight, beside the large tables: who holds a row's lease may move the payment, nobody else. Card
 * tokens are sealed, and gone once the payment is settled.
 */
@Injectable()
export class OpenWork {
  private readonly key: Buffer;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('payments') private readonly database: ContextDatabase,
  ) {
    this.key = deriveKey(config.secret, 'payments/open-card-token/v1');
  }

  sealToken(cardToken: string): Buffer {
    return seal(this.key, Buffer.from(cardToken));
  }

  /** Takes the lease of payments whose time has come; several workers never take the same one. */
  async claimPayments(batch: number, leaseSeconds: number): Promise<OpenPayment[]> {
    return this.takePayments('next_attempt_at <= now()', [leaseSeconds, batch]);
  }

  /** Takes the lease of one payment when nobody holds it. */
  async claimPayment(paymentId: string, leaseSeconds: number): Promise<OpenPayment | undefined> {
    const [taken] = await this.takePayments('next_attempt_at <= now() AND payment_id = $3', [leaseSeconds, 1, paymentId]);
    return taken;
  }

  /** Leaves a payment for later; the lease ends then. */
  async postponePayment(paymentId: string, seconds: number): Promise<void> {
    await this.database.primary.query('UPDATE payments.open_payments SET next_attempt_at = now() + make_interval(secs => $2) WHERE payment_id = $1', [paymentId, seconds]);
  }

  async claimRefunds(batch: number, leaseSeconds: number): Promise<OpenRefund[]> {
    const [rows]: [{ refund_id: string; account_id: string; attempts: number }[], number] = await this.database.primary.query(
      `UPDATE payments.open_refunds SET next_attempt_at = now() + make_interval(secs => $1), attempts = attempts + 1
       WHERE refund_id IN (SELECT refund_id FROM payments.open_refunds WHERE next_attempt_at <= now() ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING refund_id, account_id, attempts`,
      [leaseSeconds, batch],
    );
    return rows.map((row) => ({ refundId: row.refund_id, accountId: row.account_id, looks: row.attempts - 1 }));
  }

  async postponeRefund(refundId: string, seconds: number): Promise<void> {
    await this.database.primary.query('UPDATE payments.open_refunds SET next_attempt_at = now() + make_interval(secs => $2) WHERE refund_id = $1', [refundId, seconds]);
  }

  private async takePayments(due: string, parameters: unknown[]): Promise<OpenPayment[]> {
    const [rows]: [{ payment_id: string; account_id: string; card_token_sealed: Buffer; attempts: number }[], number] = await this.database.primary.query(
      `UPDATE payments.open_payments SET next_attempt_at = now() + make_interval(secs => $1), attempts = attempts + 1
       WHERE payment_id IN (SELECT payment_id FROM payments.open_payments WHERE ${due} ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING payment_id, account_id, card_token_sealed, attempts`,
      parameters,
    );
    return rows.map((row) => ({ paymentId: row.payment_id, accountId: row.account_id, cardToken: unseal(this.key, row.card_token_sealed).toString(), looks: row.attempts - 1 }));
  }
}
