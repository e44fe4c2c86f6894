import { Inject, Injectable } from '@nestjs/common';
import { logger } from '../../platform/observability/index.js';
import { secondsUntilNextOrphanCheck } from './domain/attempt-schedule.js';
import type { Payment } from './domain/payment.js';
import { PAYMENT_GATEWAY, type Deadline, type PaymentGateway } from './gateway/payment-gateway.js';
import { PendingOperations, type Claimed } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';

/** While the provider cannot be reached, or the outcome of the reversal is unknown. */
const RETRY_SECONDS = 60;
/** The provider's code for a charge with nothing left to refund. */
const ALREADY_REFUNDED = 'charge_already_refunded';

/**
 * Reverses a charge that the provider has for a payment that failed here, because a call that timed out arrived after
 * all. The stock of the payment was released, so it must never count as paid (ADR 029).
 */
@Injectable()
export class ReverseOrphanedCharge {
  constructor(
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly payments: Payments,
    private readonly pending: PendingOperations,
  ) {}

  /** Checks once; the caller holds the lease. Schedules the next check or removes it. */
  async check({ id, accountId, attempts }: Claimed, deadline: Deadline): Promise<void> {
    const payment = await this.payments.find(accountId, id);
    // Only a payment that failed here can have an orphaned charge: never reverse one that is processing or paid.
    if (payment?.status !== 'failed') return this.pending.closeOrphanCheck(id);
    const isReversed = await this.reverse(payment, deadline);
    if (isReversed === undefined) return this.pending.postpone('orphan', id, RETRY_SECONDS);
    const nextSeconds = isReversed ? undefined : secondsUntilNextOrphanCheck(attempts + 1);
    if (nextSeconds === undefined) await this.pending.closeOrphanCheck(id);
    else await this.pending.postpone('orphan', id, nextSeconds);
  }

  /** @returns whether a charge was reversed; false when there is none yet, undefined while the outcome is unknown */
  private async reverse(payment: Payment, deadline: Deadline): Promise<boolean | undefined> {
    const { id: paymentId } = payment;
    const state = await this.gateway.find(paymentId, deadline);
    if (state === undefined) return undefined;
    if (state.kind === 'none') return false;
    if (state.kind === 'authorized' || state.kind === 'blocked') {
      logger.warn({ paymentId }, 'The provider has an authorization of a payment that failed; it is voided.');
      const outcome = await this.gateway.void(paymentId, state.providerId, deadline);
      return outcome.kind === 'voided' ? true : undefined;
    }
    return state.kind === 'captured' ? this.refund(payment, state.providerId, deadline) : true;
  }

  private async refund(
    { id: paymentId, amountMinor }: Payment,
    providerId: string,
    deadline: Deadline,
  ): Promise<boolean | undefined> {
    logger.error({ paymentId }, 'The provider has captured a payment that failed; it is refunded.');
    const outcome = await this.gateway.refund(
      { refundId: paymentId, providerId, amountMinor, isRepeat: true },
      deadline,
    );
    // Another attempt would be refused too: the charge stays in the reconciliation report until a person refunds it.
    if (outcome.kind === 'refused' && outcome.reason !== ALREADY_REFUNDED)
      logger.error(
        { paymentId, reason: outcome.reason },
        'The provider refuses to refund the charge of a failed payment; a person has to refund it.',
      );
    return outcome.kind === 'refunded' || outcome.kind === 'refused' ? true : undefined;
  }
}
