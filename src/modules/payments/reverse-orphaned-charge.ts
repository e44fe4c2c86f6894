import { Inject, Injectable } from '@nestjs/common';
import { logger } from '../../platform/observability/index.js';
import { secondsUntilNextOrphanCheck, type Payment } from './domain/payment.js';
import { PAYMENT_GATEWAY, type Deadline, type PaymentGateway } from './gateway/payment-gateway.js';
import { PendingOperations, type Claimed } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';

/** While the provider cannot be asked, or has not let go yet. */
const ASK_AGAIN_SECONDS = 60;
/** What the provider says when nothing is left to give back. */
const ALREADY_GIVEN_BACK = 'charge_already_refunded';

/**
 * Gives back what the provider holds for a payment that has failed here: a call that we gave up on arrived after all,
 * or a capture came late. Its stock was given back, so it must never be taken as paid (ADR 029).
 */
@Injectable()
export class ReverseOrphanedCharge {
  constructor(
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly payments: Payments,
    private readonly open: PendingOperations,
  ) {}

  /** Looks once, whoever holds the lease of the check; makes the next appointment or closes it. */
  async look({ id, accountId, looks }: Claimed, deadline: Deadline): Promise<void> {
    const payment = await this.payments.find(accountId, id);
    // Only what failed here is stray: nothing may be taken from a payment that is alive or paid.
    if (payment?.status !== 'failed') return this.open.closeOrphanCheck(id);
    const isDone = await this.hasLetGo(payment, deadline);
    if (isDone === undefined) return this.open.postpone('orphan', id, ASK_AGAIN_SECONDS);
    const nextSeconds = isDone ? undefined : secondsUntilNextOrphanCheck(looks + 1);
    if (nextSeconds === undefined) await this.open.closeOrphanCheck(id);
    else await this.open.postpone('orphan', id, nextSeconds);
  }

  /** @returns false when there is nothing yet, undefined when it is not known */
  private async hasLetGo(payment: Payment, deadline: Deadline): Promise<boolean | undefined> {
    const { id: paymentId } = payment;
    const known = await this.gateway.find(paymentId, deadline);
    if (known === undefined) return undefined;
    if (known.kind === 'none') return false;
    if (known.kind === 'authorized' || known.kind === 'blocked') {
      logger.warn({ paymentId }, 'The provider holds money for a payment that has failed; it is let go.');
      const released = await this.gateway.void(paymentId, known.providerId, deadline);
      return released.kind === 'voided' ? true : undefined;
    }
    return known.kind === 'captured' ? this.releaseStock(payment, known.providerId, deadline) : true;
  }

  private async releaseStock(
    { id: paymentId, amountMinor }: Payment,
    providerId: string,
    deadline: Deadline,
  ): Promise<boolean | undefined> {
    logger.error({ paymentId }, 'The provider has taken money for a payment that has failed; it has to be given back.');
    const outcome = await this.gateway.refund(
      { refundId: paymentId, providerId, amountMinor, isRepeat: true },
      deadline,
    );
    // Asking again would not change its mind: the money is in the reconciliation report until somebody has seen to it.
    if (outcome.kind === 'refused' && outcome.reason !== ALREADY_GIVEN_BACK)
      logger.error(
        { paymentId, reason: outcome.reason },
        'The provider does not give the money of a failed payment back; a person has to see to it.',
      );
    return outcome.kind === 'refunded' || outcome.kind === 'refused' ? true : undefined;
  }
}
