import { Inject, Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Failpoints } from '../../platform/failpoints/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { BeginPayment, LEASE_SECONDS } from './begin-payment.js';
import { secondsUntilNextAttempt } from './domain/attempt-schedule.js';
import type { Order } from './domain/order.js';
import type { Payment } from './domain/payment.js';
import type { RecoveryPoint } from './domain/recovery-points.js';
import { PAYMENT_GATEWAY, type PaymentGateway } from './gateway/payment-gateway.js';
import { paymentFailed, providerUnavailable } from './payments.problems.js';
import { PendingOperations } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';
import { ProcessPayment, type Ending } from './process-payment.js';

/** A customer waits at most about this long; then the outcome is unknown and recovery goes on. */
const TIMEOUT_MS = 9_000;

/**
 * Takes money: reserve, authorize, capture, record, respond; `domain/next-step.ts` chooses each step. When the
 * provider's answer is lost the payment stays `processing` and `recover-payments.ts` ends it (`leaveToRecovery`).
 */
@Injectable()
export class MakePayment {
  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly beginPayment: BeginPayment,
    private readonly processPayment: ProcessPayment,
    private readonly payments: Payments,
    private readonly pending: PendingOperations,
    private readonly idempotency: Idempotency,
    private readonly failpoints: Failpoints,
  ) {}

  /**
   * @returns the payment, captured or still processing
   * @throws Problem as OpenAPI lists them for the route; none of them leaves anything charged
   */
  async execute(accountId: string, order: Order): Promise<Payment> {
    this.failpoints.reach('payment.reserved' satisfies RecoveryPoint);
    const id = this.idempotency.workId();
    // An earlier attempt with this key may have died: its payment goes on, with its id and its provider keys.
    const begun = this.idempotency.isFirstAttempt() ? undefined : await this.payments.find(accountId, id);
    if (begun) return this.resume(begun);
    if (!this.gateway.isAvailable()) throw providerUnavailable();
    const payment = await this.beginPayment.execute(accountId, id, order);
    this.failpoints.reach('payment.quoted' satisfies RecoveryPoint);
    const ending = await this.processPayment.advance(
      { payment, cardToken: order.cardToken, isFirstAttempt: true },
      Date.now() + TIMEOUT_MS,
    );
    return this.conclude(payment, ending);
  }

  private async resume(payment: Payment): Promise<Payment> {
    if (payment.status !== 'processing') return this.respondToEnded(payment);
    const claimed = await this.pending.claimPayment(payment.id, LEASE_SECONDS);
    // Another attempt holds the lease, here or in the worker.
    if (!claimed) return this.respondProcessing(payment);
    const ending = await this.processPayment.advance(
      { payment, cardToken: claimed.cardToken, isFirstAttempt: false },
      Date.now() + TIMEOUT_MS,
    );
    return this.conclude(payment, ending);
  }

  /** The second durable write: outcome, event and stored answer commit together. */
  private async conclude(payment: Payment, ending: Ending): Promise<Payment> {
    if (ending.kind === 'await-recovery') return this.leaveToRecovery(payment);
    if (ending.kind === 'abandon') return this.abandon(payment);
    if (ending.kind === 'fail') return this.decline(payment, ending);
    const captured = await this.processPayment.recordCaptureAtOnce(payment, ending.providerId);
    this.failpoints.reach('payment.recorded' satisfies RecoveryPoint);
    return captured ?? this.respondToEndedMeanwhile(payment);
  }

  private async decline(payment: Payment, ending: Extract<Ending, { kind: 'fail' }>): Promise<Payment> {
    const problem = paymentFailed(ending.reason);
    const isFirst = await this.database.transaction(async (tx) => {
      const recorded = await this.processPayment.recordFailure(tx, payment, ending);
      if (recorded) await this.idempotency.refuse(tx, problem);
      return recorded;
    });
    if (!isFirst) return this.respondToEndedMeanwhile(payment);
    throw problem;
  }

  /** Nothing was charged: one commit releases the stock and frees the key, so that the same key can begin anew. */
  private async abandon(payment: Payment): Promise<Payment> {
    const isFirst = await this.database.transaction(async (tx) => {
      const recorded = await this.processPayment.recordFailure(tx, payment, {
        reason: 'provider_unavailable',
        isProven: false,
      });
      if (recorded) await this.idempotency.undo(tx);
      return recorded;
    });
    if (!isFirst) return this.respondToEndedMeanwhile(payment);
    throw providerUnavailable();
  }

  /** The outcome is unknown: the client gets a provisional answer, and the worker goes on after a pause. */
  private async leaveToRecovery(payment: Payment): Promise<Payment> {
    const answer = await this.respondProcessing(payment);
    await this.pending.postpone('payment', payment.id, secondsUntilNextAttempt(0));
    return answer;
  }

  private async respondProcessing(payment: Payment): Promise<Payment> {
    await this.database.transaction((tx) => this.idempotency.answer(tx, payment));
    return payment;
  }

  private async respondToEndedMeanwhile({ accountId, id }: Payment): Promise<Payment> {
    const payment = await this.payments.find(accountId, id);
    if (!payment) throw new Error(`The payment ${id} is missing.`);
    return payment.status === 'processing' ? this.respondProcessing(payment) : this.respondToEnded(payment);
  }

  private async respondToEnded(payment: Payment): Promise<Payment> {
    if (payment.status === 'failed') {
      const problem = paymentFailed(payment.failure ?? 'declined');
      await this.database.transaction((tx) => this.idempotency.refuse(tx, problem));
      throw problem;
    }
    await this.database.transaction((tx) => this.idempotency.answer(tx, payment));
    return payment;
  }
}
