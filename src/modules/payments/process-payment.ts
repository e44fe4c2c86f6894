import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Transaction } from '../../platform/database/index.js';
import { Failpoints } from '../../platform/failpoints/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { Outbox, type DomainEvent } from '../../platform/outbox/index.js';
import { StockReservations } from '../catalog/index.js';
import {
  nextStep,
  secondsUntilNextOrphanCheck,
  type Payment,
  type ProviderOutcome,
  type Step,
} from './domain/payment.js';
import type { RecoveryPoint } from './domain/recovery-points.js';
import { PAYMENT_GATEWAY, type Deadline, type PaymentGateway } from './gateway/payment-gateway.js';
import { answerOf } from './payment-answers.js';
import { PAYMENT_CAPTURED, type PaymentCaptured } from './payments.events.js';
import { Payments } from './persistence/payments.js';

/** Where a payment stands when nothing more can be done about it now. */
export type Ending = Extract<Step, { kind: 'record' | 'fail' | 'abandon' | 'wait' }>;

/** A payment whose lease the caller holds. */
export interface InFlight {
  readonly payment: Payment;
  /** Null when it is lost: then nothing can be authorized any more. */
  readonly cardToken: string | null;
  /** Whether nobody has asked the provider about it before. */
  readonly isFirstAttempt: boolean;
  /** Whether its customer has left long ago. */
  readonly isExpired?: boolean;
}

/**
 * Moves a payment on, the same way for a request, a retry and the recovery. The provider is asked outside of any
 * transaction and under keys derived from the payment, so asking again never charges again.
 */
@Injectable()
export class ProcessPayment {
  constructor(
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly payments: Payments,
    private readonly stock: StockReservations,
    private readonly outbox: Outbox,
    private readonly idempotency: Idempotency,
    private readonly failpoints: Failpoints,
  ) {}

  /** Asks the provider until there is something to record, or nothing more to learn before the deadline. */
  async advance(
    { payment, cardToken, isFirstAttempt, isExpired = false }: InFlight,
    deadline: Deadline,
  ): Promise<Ending> {
    const known = isFirstAttempt ? ({ kind: 'none' } as const) : await this.gateway.find(payment.id, deadline);
    let step = nextStep(known ?? { kind: 'unknown' }, isExpired);
    if (step.kind === 'authorize') {
      if (cardToken === null) return { kind: 'fail', reason: 'card_token_lost', isProven: false };
      const { id: paymentId, accountId, amountMinor, currency } = payment;
      step = nextStep(
        await this.gateway.authorize({ paymentId, accountId, amountMinor, currency, cardToken }, deadline),
      );
      // An earlier attempt may still lie with the provider: what did nothing now is no proof of that one.
      if (step.kind === 'abandon' && !isFirstAttempt) return { kind: 'wait' };
    }
    if (step.kind === 'release') return this.release(payment, step.providerId, step.reason, deadline);
    if (step.kind !== 'capture') return isEnding(step) ? step : { kind: 'wait' };
    this.failpoints.reach('payment.authorized' satisfies RecoveryPoint);
    return this.capture(payment, step.providerId, deadline);
  }

  private async capture(payment: Payment, providerId: string, deadline: Deadline): Promise<Ending> {
    const outcome = await this.gateway.capture(payment.id, providerId, deadline);
    this.failpoints.reach('payment.captured' satisfies RecoveryPoint);
    // The customer's money is held for a payment that will never be: let it go before saying so.
    return outcome.kind === 'declined'
      ? this.release(payment, providerId, outcome.reason, deadline)
      : afterCapture(outcome);
  }

  private async release(payment: Payment, providerId: string, reason: string, deadline: Deadline): Promise<Ending> {
    const released = await this.gateway.void(payment.id, providerId, deadline);
    if (released.kind === 'voided') return { kind: 'fail', reason, isProven: true };
    // Captured after all is an end; whatever else it says, the money may still be held.
    return released.kind === 'captured' ? { kind: 'record', providerId } : { kind: 'wait' };
  }

  /**
   * Records the capture, with its fact, in the caller's transaction.
   * @returns the payment as it is now; undefined when somebody else has settled it
   */
  async recordCapture(tx: Transaction, payment: Payment, providerId: string): Promise<Payment | undefined> {
    const recorded = await this.payments.recordCapture(tx, payment.accountId, payment.id, providerId);
    if (!recorded) return undefined;
    const captured: Payment = { ...payment, status: 'captured', providerId, capturedAt: recorded.capturedAt };
    await this.outbox.append(tx, capturedEvent(captured, recorded.capturedAt));
    return captured;
  }

  /**
   * The same for a request that waits: outcome, fact and stored answer in one statement.
   * @throws LeaseLostError when another attempt answers the request
   */
  async recordCaptureAtOnce(payment: Payment, providerId: string): Promise<Payment | undefined> {
    // Our clock, since the answer is written with it; never before the payment began by the database's.
    const capturedAt = new Date(Math.max(Date.now(), payment.createdAt.getTime()));
    const captured: Payment = { ...payment, status: 'captured', providerId, capturedAt };
    const answer = this.idempotency.prepare(answerOf(captured));
    if (
      !(await this.payments.recordCaptureAtOnce(captured, {
        events: this.outbox.prepare(capturedEvent(captured, capturedAt)),
        answer,
      }))
    )
      return undefined;
    answer.committed();
    this.outbox.committed();
    return captured;
  }

  /**
   * Records the failure and gives the stock back, once. A failure that the provider has not confirmed is looked at again.
   * @returns false when somebody else has settled the payment
   */
  async recordFailure(
    tx: Transaction,
    payment: Payment,
    { reason, isProven }: { reason: string; isProven: boolean },
  ): Promise<boolean> {
    const lookAgainSeconds = isProven ? null : (secondsUntilNextOrphanCheck(0) ?? null);
    if (!(await this.payments.recordFailure(tx, payment.accountId, payment.id, { reason, lookAgainSeconds })))
      return false;
    await this.stock.releaseStock(tx, payment.lines);
    return true;
  }
}

/** Money is held from here on: whatever is not clear is looked at again, never given up. */
function afterCapture(outcome: ProviderOutcome): Ending {
  const step = nextStep(outcome);
  return step.kind === 'record' || step.kind === 'fail' ? step : { kind: 'wait' };
}

function isEnding(step: Step): step is Ending {
  return step.kind === 'record' || step.kind === 'fail' || step.kind === 'abandon' || step.kind === 'wait';
}

function capturedEvent(captured: Payment, occurredAt: Date): DomainEvent {
  return {
    id: uuidv7(),
    type: PAYMENT_CAPTURED,
    aggregateType: 'payment',
    aggregateId: captured.id,
    occurredAt,
    payload: toFact(captured),
  };
}

function toFact({ id, accountId, amountMinor, currency, lines, capturedAt }: Payment): PaymentCaptured {
  return {
    paymentId: id,
    accountId,
    amountMinor: String(amountMinor),
    currency,
    lines: lines.map(({ sku, title, quantity, unitPriceMinor }) => ({
      sku,
      title,
      quantity,
      unitPriceMinor: String(unitPriceMinor),
    })),
    capturedAt: capturedAt?.toISOString() ?? '',
  };
}
