import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Transaction } from '../../platform/database/index.js';
import { Failpoints } from '../../platform/failpoints/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { Outbox, type DomainEvent } from '../../platform/outbox/index.js';
import { StockReservations } from '../catalog/index.js';
import { secondsUntilNextOrphanCheck } from './domain/attempt-schedule.js';
import { nextStep, type ProviderOutcome, type Step } from './domain/next-step.js';
import type { Payment } from './domain/payment.js';
import type { RecoveryPoint } from './domain/recovery-points.js';
import { PAYMENT_GATEWAY, type Deadline, type PaymentGateway } from './gateway/payment-gateway.js';
import { PAYMENT_CAPTURED, type PaymentCaptured } from './payments.events.js';
import { Payments } from './persistence/payments.js';

/** The step at which the provider is not asked any further in this attempt. */
export type Ending = Extract<Step, { kind: 'record' | 'fail' | 'abandon' | 'await-recovery' }>;

/** A payment whose lease the caller holds. */
export interface InFlight {
  readonly payment: Payment;
  /** Null when it cannot be unsealed: then nothing can be authorized any more. */
  readonly cardToken: string | null;
  /** Whether no earlier attempt can have called the provider for it. */
  readonly isFirstAttempt: boolean;
  /** Whether it is too old to be charged. */
  readonly isExpired?: boolean;
}

/**
 * Advances a payment, the same way for a request, a retry and the recovery. The provider is called outside of any
 * transaction and under keys derived from the payment, so another attempt never charges again. When its answer is lost
 * the outcome is unknown, and the attempt ends with `await-recovery` (ADR 006).
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

  /** Calls the provider until there is an outcome to record, or until recovery has to go on. */
  async advance(
    { payment, cardToken, isFirstAttempt, isExpired = false }: InFlight,
    deadline: Deadline,
  ): Promise<Ending> {
    const state = isFirstAttempt ? ({ kind: 'none' } as const) : await this.gateway.find(payment.id, deadline);
    let step = nextStep(state ?? { kind: 'unknown' }, isExpired);
    if (step.kind === 'authorize') {
      if (cardToken === null) return { kind: 'fail', reason: 'card_token_lost', isProven: false };
      const { id: paymentId, accountId, amountMinor, currency } = payment;
      step = nextStep(
        await this.gateway.authorize({ paymentId, accountId, amountMinor, currency, cardToken }, deadline),
      );
      // An earlier attempt may still be in flight: that this one had no effect proves nothing about that one.
      if (step.kind === 'abandon' && !isFirstAttempt) return { kind: 'await-recovery' };
    }
    if (step.kind === 'void') return this.void(payment, step.providerId, step.reason, deadline);
    if (step.kind !== 'capture') return isEnding(step) ? step : { kind: 'await-recovery' };
    this.failpoints.reach('payment.authorized' satisfies RecoveryPoint);
    return this.capture(payment, step.providerId, deadline);
  }

  private async capture(payment: Payment, providerId: string, deadline: Deadline): Promise<Ending> {
    const outcome = await this.gateway.capture(payment.id, providerId, deadline);
    this.failpoints.reach('payment.captured' satisfies RecoveryPoint);
    // The customer's money is held for a payment that will not be captured: void it before the payment fails.
    return outcome.kind === 'declined'
      ? this.void(payment, providerId, outcome.reason, deadline)
      : afterCapture(outcome);
  }

  private async void(payment: Payment, providerId: string, reason: string, deadline: Deadline): Promise<Ending> {
    const outcome = await this.gateway.void(payment.id, providerId, deadline);
    if (outcome.kind === 'voided') return { kind: 'fail', reason, isProven: true };
    // Captured after all is an end. With any other outcome the money may still be held.
    return outcome.kind === 'captured' ? { kind: 'record', providerId } : { kind: 'await-recovery' };
  }

  /**
   * Records the capture, with its event, in the caller's transaction.
   * @returns the payment as it is now; undefined when another attempt has ended it
   */
  async recordCapture(tx: Transaction, payment: Payment, providerId: string): Promise<Payment | undefined> {
    const recorded = await this.payments.recordCapture(tx, payment.accountId, payment.id, providerId);
    if (!recorded) return undefined;
    const captured: Payment = { ...payment, status: 'captured', providerId, capturedAt: recorded.capturedAt };
    await this.outbox.append(tx, capturedEvent(captured, recorded.capturedAt));
    return captured;
  }

  /**
   * The same for a request that waits: outcome, event and stored answer in one statement.
   * @throws LeaseLostError when another attempt answers the request
   */
  async recordCaptureAtOnce(payment: Payment, providerId: string): Promise<Payment | undefined> {
    // This process's clock, because the stored answer contains the time; never earlier than createdAt.
    const capturedAt = new Date(Math.max(Date.now(), payment.createdAt.getTime()));
    const captured: Payment = { ...payment, status: 'captured', providerId, capturedAt };
    const answer = this.idempotency.prepare(captured);
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
   * Records the failure and releases the stock, once. After a failure that the provider has not proven, an orphan check
   * asks it again later (`reverse-orphaned-charge.ts`).
   * @returns false when another attempt has ended the payment
   */
  async recordFailure(
    tx: Transaction,
    payment: Payment,
    { reason, isProven }: { reason: string; isProven: boolean },
  ): Promise<boolean> {
    const orphanCheckInSeconds = isProven ? null : (secondsUntilNextOrphanCheck(0) ?? null);
    if (!(await this.payments.recordFailure(tx, payment.accountId, payment.id, { reason, orphanCheckInSeconds })))
      return false;
    await this.stock.releaseStock(tx, payment.lines);
    return true;
  }
}

/** Money is held from here on: without a known outcome the payment is left to recovery, never abandoned. */
function afterCapture(outcome: ProviderOutcome): Ending {
  const step = nextStep(outcome);
  return step.kind === 'record' || step.kind === 'fail' ? step : { kind: 'await-recovery' };
}

function isEnding(step: Step): step is Ending {
  return step.kind === 'record' || step.kind === 'fail' || step.kind === 'abandon' || step.kind === 'await-recovery';
}

function capturedEvent(captured: Payment, occurredAt: Date): DomainEvent {
  return {
    id: uuidv7(),
    type: PAYMENT_CAPTURED,
    aggregateType: 'payment',
    aggregateId: captured.id,
    occurredAt,
    payload: toPayload(captured),
  };
}

function toPayload({ id, accountId, amountMinor, currency, lines, capturedAt }: Payment): PaymentCaptured {
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
