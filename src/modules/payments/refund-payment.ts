import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../platform/database/index.js';
import { Failpoints } from '../../platform/failpoints/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import { HttpProblems, type Problem } from '../../platform/problems/index.js';
import { LEASE_SECONDS } from './begin-payment.js';
import { secondsUntilNextAttempt } from './domain/attempt-schedule.js';
import type { Payment } from './domain/payment.js';
import type { RecoveryPoint } from './domain/recovery-points.js';
import type { Refund } from './domain/refund.js';
import { PAYMENT_GATEWAY, type PaymentGateway, type RefundOutcome } from './gateway/payment-gateway.js';
import { PAYMENT_REFUNDED, type PaymentRefunded } from './payments.events.js';
import { PaymentProblems, providerUnavailable, refundRefused } from './payments.problems.js';
import { PendingOperations } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';
import { Refunds } from './persistence/refunds.js';

const TIMEOUT_MS = 9_000;

/** How much to refund. */
export interface RefundAmount {
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
}

/** Refunds: the amount is reserved first, so that any number of refunds at once stays within the capture. */
@Injectable()
export class RefundPayment {
  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly pending: PendingOperations,
    private readonly idempotency: Idempotency,
    private readonly outbox: Outbox,
    private readonly failpoints: Failpoints,
  ) {}

  /**
   * @throws Problem `not_found`, `not_refundable`, `refund_exceeds_captured`, `validation_failed`,
   * `payment_provider_unavailable`
   */
  async execute(accountId: string, paymentId: string, amount: RefundAmount | undefined): Promise<Refund> {
    this.failpoints.reach('refund.reserved' satisfies RecoveryPoint);
    const payment = await this.payments.find(accountId, paymentId);
    if (!payment) throw HttpProblems.not_found('There is no payment with this id.');
    refuseUnfit(payment, amount);
    const id = this.idempotency.workId();
    const earlier = await this.refunds.find(accountId, id);
    if (earlier && earlier.status !== 'processing') return this.respond(earlier);
    const refund = earlier ?? (await this.begin(payment, id, amount));
    this.failpoints.reach('refund.begun' satisfies RecoveryPoint);
    const outcome = await this.callProvider(payment, refund, earlier !== undefined);
    this.failpoints.reach('refund.made' satisfies RecoveryPoint);
    return this.conclude(refund, outcome);
  }

  /** Continues a refund whose request has ended without an outcome. @returns whether the refund has ended */
  async recover(accountId: string, refundId: string): Promise<boolean> {
    const refund = await this.refunds.find(accountId, refundId);
    const payment = refund && (await this.payments.find(accountId, refund.paymentId));
    if (!refund || !payment) throw new Error(`The refund ${refundId} is missing.`);
    if (refund.status !== 'processing') return true;
    const outcome = await this.callProvider(payment, refund, true);
    if (outcome.kind !== 'refunded' && outcome.kind !== 'refused') return false;
    await this.database.transaction(async (tx) => {
      const ended = await this.record(tx, refund, outcome.kind === 'refunded' ? 'succeeded' : 'failed');
      if (ended)
        await this.idempotency.complete(
          tx,
          refund.id,
          ended.status === 'failed'
            ? { problem: refundRefused(), instance: `/v1/payments/${refund.paymentId}/refunds` }
            : ended,
        );
    });
    return true;
  }

  private async begin(payment: Payment, id: string, amount: RefundAmount | undefined): Promise<Refund> {
    if (!this.gateway.isAvailable()) throw providerUnavailable();
    const request = {
      id,
      accountId: payment.accountId,
      paymentId: payment.id,
      amountMinor: amount ? BigInt(amount.amount) : null,
    };
    const refund = await this.database.transaction((tx) => this.refunds.begin(tx, request, LEASE_SECONDS));
    if (!refund) throw PaymentProblems.refund_exceeds_captured('Less than this is left of the payment.');
    return refund;
  }

  private callProvider(payment: Payment, refund: Refund, isRepeat: boolean): Promise<RefundOutcome> {
    return this.gateway.refund(
      { refundId: refund.id, providerId: payment.providerId ?? '', amountMinor: refund.amountMinor, isRepeat },
      Date.now() + TIMEOUT_MS,
    );
  }

  private async conclude(refund: Refund, outcome: RefundOutcome): Promise<Refund> {
    if (outcome.kind === 'refunded') return this.end(refund);
    if (outcome.kind === 'refused')
      return this.fail(refund, refundRefused(outcome.reason), (tx, problem) => this.idempotency.refuse(tx, problem));
    if (outcome.kind === 'unavailable')
      return this.fail(refund, providerUnavailable(), (tx) => this.idempotency.undo(tx));
    await this.database.transaction((tx) => this.idempotency.answer(tx, refund));
    await this.pending.postpone('refund', refund.id, secondsUntilNextAttempt(0));
    return refund;
  }

  private async end(refund: Refund): Promise<Refund> {
    const ended = await this.database.transaction(async (tx) => {
      const recorded = await this.record(tx, refund, 'succeeded');
      if (recorded) await this.idempotency.answer(tx, recorded);
      return recorded;
    });
    this.failpoints.reach('refund.recorded' satisfies RecoveryPoint);
    return ended ?? this.respondEndedMeanwhile(refund);
  }

  /** Releases the reserved amount and answers or frees the key in one commit. */
  private async fail(
    refund: Refund,
    problem: Problem,
    endKey: (tx: Transaction, problem: Problem) => Promise<void>,
  ): Promise<Refund> {
    const isFirst = await this.database.transaction(async (tx) => {
      const recorded = await this.record(tx, refund, 'failed');
      if (recorded) await endKey(tx, problem);
      return recorded !== undefined;
    });
    if (!isFirst) return this.respondEndedMeanwhile(refund);
    throw problem;
  }

  private async record(tx: Transaction, refund: Refund, status: 'succeeded' | 'failed'): Promise<Refund | undefined> {
    if (!(await this.refunds.end(tx, refund, status))) return undefined;
    if (status === 'succeeded') {
      const { accountId, paymentId, id: refundId, currency } = refund;
      const occurredAt = new Date();
      const payload: PaymentRefunded = {
        paymentId,
        accountId,
        refundId,
        amountMinor: String(refund.amountMinor),
        currency,
        refundedAt: occurredAt.toISOString(),
      };
      await this.outbox.append(tx, {
        id: uuidv7(),
        type: PAYMENT_REFUNDED,
        aggregateType: 'payment',
        aggregateId: paymentId,
        occurredAt,
        payload,
      });
    }
    return { ...refund, status };
  }

  private async respondEndedMeanwhile({ accountId, id }: Refund): Promise<Refund> {
    const refund = await this.refunds.find(accountId, id);
    if (!refund) throw new Error(`The refund ${id} is missing.`);
    return this.respond(refund);
  }

  private async respond(refund: Refund): Promise<Refund> {
    if (refund.status === 'failed') {
      const problem = refundRefused();
      await this.database.transaction((tx) => this.idempotency.refuse(tx, problem));
      throw problem;
    }
    await this.database.transaction((tx) => this.idempotency.answer(tx, refund));
    return refund;
  }
}

function refuseUnfit(payment: Payment, amount: RefundAmount | undefined): void {
  if (payment.status !== 'captured')
    throw PaymentProblems.not_refundable(`The payment is ${payment.status}; only a captured one can be refunded.`);
  if (!amount) return;
  const message = amount.currency === payment.currency ? undefined : `must be ${payment.currency}, as the payment is`;
  if (message)
    throw HttpProblems.validation_failed('The refund has another currency.', {
      errors: [{ pointer: '/amount/currency', message }],
    });
  if (amount.amount < 1)
    throw HttpProblems.validation_failed('The refund is empty.', {
      errors: [{ pointer: '/amount/amount', message: 'must be at least 1' }],
    });
}
