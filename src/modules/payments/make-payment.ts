import { Inject, Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Failpoints } from '../../platform/failpoints/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { BeginPayment, LEASE_SECONDS, type Order } from './begin-payment.js';
import { secondsUntilNextAttempt, type Payment } from './domain/payment.js';
import type { RecoveryPoint } from './domain/recovery-points.js';
import { PAYMENT_GATEWAY, type PaymentGateway } from './gateway/payment-gateway.js';
import { toPaymentDto, type PaymentDto } from './http/payment.dto.js';
import { answerOf, declined, providerUnavailable } from './payment-answers.js';
import { PendingOperations } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';
import { ProcessPayment, type Ending } from './process-payment.js';

/** A customer waits at most about this long; then the answer is 202 and recovery goes on. */
const PATIENCE_MS = 9_000;

/** Takes money: reserve, authorize, capture, record, respond. In the walk of a payment, this file decides. */
@Injectable()
export class MakePayment {
  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly beginPayment: BeginPayment,
    private readonly processPayment: ProcessPayment,
    private readonly payments: Payments,
    private readonly open: PendingOperations,
    private readonly idempotency: Idempotency,
    private readonly failpoints: Failpoints,
  ) {}

  /**
   * @returns the payment, captured or still processing
   * @throws Problem as the contract lists them (section 6); none of them leaves anything charged
   */
  async execute(accountId: string, order: Order): Promise<PaymentDto> {
    this.failpoints.reach('payment.reserved' satisfies RecoveryPoint);
    const id = this.idempotency.workId();
    // An earlier attempt with this key may have died: its work goes on, with its id and its provider keys.
    const begun = this.idempotency.isFirstAttempt() ? undefined : await this.payments.find(accountId, id);
    if (begun) return this.resume(begun);
    if (!this.gateway.isAvailable()) throw providerUnavailable();
    const payment = await this.beginPayment.execute(accountId, id, order);
    this.failpoints.reach('payment.quoted' satisfies RecoveryPoint);
    const ending = await this.processPayment.advance(
      { payment, cardToken: order.cardToken, isFirstAttempt: true },
      Date.now() + PATIENCE_MS,
    );
    return this.conclude(payment, ending);
  }

  private async resume(payment: Payment): Promise<PaymentDto> {
    if (payment.status !== 'processing') return this.respondSettled(payment);
    const claimed = await this.open.claimPayment(payment.id, LEASE_SECONDS);
    // Somebody is at it, here or in the worker; their lease is theirs to end.
    if (!claimed) return this.respondProcessing(payment);
    const ending = await this.processPayment.advance(
      { payment, cardToken: claimed.cardToken, isFirstAttempt: false },
      Date.now() + PATIENCE_MS,
    );
    return this.conclude(payment, ending);
  }

  /** The second durable write: outcome, fact and stored answer commit together. */
  private async conclude(payment: Payment, ending: Ending): Promise<PaymentDto> {
    if (ending.kind === 'wait') return this.leaveToRecovery(payment);
    if (ending.kind === 'abandon') return this.abandon(payment);
    if (ending.kind === 'fail') return this.decline(payment, ending);
    const captured = await this.processPayment.recordCaptureAtOnce(payment, ending.providerId);
    this.failpoints.reach('payment.recorded' satisfies RecoveryPoint);
    return captured ? toPaymentDto(captured) : this.respondSettledMeanwhile(payment);
  }

  private async decline(payment: Payment, ending: Extract<Ending, { kind: 'fail' }>): Promise<PaymentDto> {
    const problem = declined(ending.reason);
    const isFirst = await this.database.transaction(async (tx) => {
      const recorded = await this.processPayment.recordFailure(tx, payment, ending);
      if (recorded) await this.idempotency.refuse(tx, problem);
      return recorded;
    });
    if (!isFirst) return this.respondSettledMeanwhile(payment);
    throw problem;
  }

  /** Nothing was charged: the stock goes back and the key is freed in one commit, so that the same key can try anew. */
  private async abandon(payment: Payment): Promise<PaymentDto> {
    const isFirst = await this.database.transaction(async (tx) => {
      const recorded = await this.processPayment.recordFailure(tx, payment, {
        reason: 'provider_unavailable',
        isProven: false,
      });
      if (recorded) await this.idempotency.undo(tx);
      return recorded;
    });
    if (!isFirst) return this.respondSettledMeanwhile(payment);
    throw providerUnavailable();
  }

  private async leaveToRecovery(payment: Payment): Promise<PaymentDto> {
    const answer = await this.respondProcessing(payment);
    await this.open.postpone('payment', payment.id, secondsUntilNextAttempt(0));
    return answer;
  }

  private async respondProcessing(payment: Payment): Promise<PaymentDto> {
    await this.database.transaction((tx) => this.idempotency.answer(tx, { ...answerOf(payment), provisional: true }));
    return toPaymentDto(payment);
  }

  private async respondSettledMeanwhile({ accountId, id }: Payment): Promise<PaymentDto> {
    const payment = await this.payments.find(accountId, id);
    if (!payment) throw new Error(`The payment ${id} has vanished.`);
    return payment.status === 'processing' ? this.respondProcessing(payment) : this.respondSettled(payment);
  }

  private async respondSettled(payment: Payment): Promise<PaymentDto> {
    if (payment.status === 'failed') {
      const problem = declined(payment.failure ?? 'declined');
      await this.database.transaction((tx) => this.idempotency.refuse(tx, problem));
      throw problem;
    }
    await this.database.transaction((tx) => this.idempotency.answer(tx, answerOf(payment)));
    return toPaymentDto(payment);
  }
}
