import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../platform/database/index.js';
import { Failpoints } from '../../platform/failpoints/index.js';
import { Idempotency, type Answer } from '../../platform/idempotency/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import { HttpProblems, type Problem } from '../../platform/problems/index.js';
import { LEASE_SECONDS } from './begin-payment.js';
import { secondsUntilNextAttempt, type Payment } from './domain/payment.js';
import type { RecoveryPoint } from './domain/recovery-points.js';
import { PAYMENT_GATEWAY, type PaymentGateway, type RefundOutcome } from './gateway/payment-gateway.js';
import type { MoneyDto } from '../../platform/http/index.js';
import { toRefundDto, type RefundDto } from './http/refund.dto.js';
import { PAYMENTS_PATH, providerUnavailable } from './payment-answers.js';
import { PAYMENT_REFUNDED, type PaymentRefunded } from './payments.events.js';
import { PaymentProblems } from './payments.problems.js';
import { PendingOperations } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';
import { Refunds, type Refund } from './persistence/refunds.js';

const PATIENCE_MS = 9_000;

/** Gives money back: the amount is set aside first, so that any number of refunds at once stays within the capture. */
@Injectable()
export class RefundPayment {
  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly open: PendingOperations,
    private readonly idempotency: Idempotency,
    private readonly outbox: Outbox,
    private readonly failpoints: Failpoints,
  ) {}

  /** @throws Problem `not_found`, `not_refundable`, `refund_exceeds_captured`, `validation_failed`, `payment_provider_unavailable` */
  async execute(accountId: string, paymentId: string, amount: MoneyDto | undefined): Promise<RefundDto> {
    this.failpoints.reach('refund.reserved' satisfies RecoveryPoint);
    const payment = await this.payments.find(accountId, paymentId);
    if (!payment) throw HttpProblems.not_found('There is no payment with this id.');
    refuseUnfit(payment, amount);
    const id = this.idempotency.workId();
    const earlier = await this.refunds.find(accountId, id);
    if (earlier && earlier.status !== 'processing') return this.respond(earlier);
    const refund = earlier ?? (await this.begin(payment, id, amount));
    this.failpoints.reach('refund.begun' satisfies RecoveryPoint);
    const outcome = await this.ask(payment, refund, earlier !== undefined);
    this.failpoints.reach('refund.made' satisfies RecoveryPoint);
    return this.conclude(refund, outcome);
  }

  /** Goes on with a refund whose request is gone. @returns whether it has ended */
  async recover(accountId: string, refundId: string): Promise<boolean> {
    const refund = await this.refunds.find(accountId, refundId);
    const payment = refund && (await this.payments.find(accountId, refund.paymentId));
    if (!refund || !payment) throw new Error(`The refund ${refundId} has vanished.`);
    if (refund.status !== 'processing') return true;
    const outcome = await this.ask(payment, refund, true);
    if (outcome.kind !== 'refunded' && outcome.kind !== 'refused') return false;
    await this.database.transaction(async (tx) => {
      const ended = await this.record(tx, refund, outcome.kind === 'refunded' ? 'succeeded' : 'failed');
      if (ended)
        await this.idempotency.complete(
          tx,
          refund.id,
          ended.status === 'failed'
            ? { problem: refused(), instance: `${PAYMENTS_PATH}/${refund.paymentId}/refunds` }
            : answerOf(ended),
        );
    });
    return true;
  }

  private async begin(payment: Payment, id: string, amount: MoneyDto | undefined): Promise<Refund> {
    if (!this.gateway.isAvailable()) throw providerUnavailable();
    const asked = {
      id,
      accountId: payment.accountId,
      paymentId: payment.id,
      amountMinor: amount ? BigInt(amount.amount) : null,
    };
    const refund = await this.database.transaction((tx) => this.refunds.begin(tx, asked, LEASE_SECONDS));
    if (!refund) throw PaymentProblems.refund_exceeds_captured('Less than this is left of the payment.');
    return refund;
  }

  private ask(payment: Payment, refund: Refund, isRepeat: boolean): Promise<RefundOutcome> {
    return this.gateway.refund(
      { refundId: refund.id, providerId: payment.providerId ?? '', amountMinor: refund.amountMinor, isRepeat },
      Date.now() + PATIENCE_MS,
    );
  }

  private async conclude(refund: Refund, outcome: RefundOutcome): Promise<RefundDto> {
    if (outcome.kind === 'refunded') return this.end(refund);
    if (outcome.kind === 'refused')
      return this.fail(refund, refused(outcome.reason), (tx, problem) => this.idempotency.refuse(tx, problem));
    if (outcome.kind === 'unavailable')
      return this.fail(refund, providerUnavailable(), (tx) => this.idempotency.undo(tx));
    await this.database.transaction((tx) => this.idempotency.answer(tx, { ...answerOf(refund), provisional: true }));
    await this.open.postpone('refund', refund.id, secondsUntilNextAttempt(0));
    return toRefundDto(refund);
  }

  private async end(refund: Refund): Promise<RefundDto> {
    const ended = await this.database.transaction(async (tx) => {
      const recorded = await this.record(tx, refund, 'succeeded');
      if (recorded) await this.idempotency.answer(tx, answerOf(recorded));
      return recorded;
    });
    this.failpoints.reach('refund.recorded' satisfies RecoveryPoint);
    return ended ? toRefundDto(ended) : this.respondEndedMeanwhile(refund);
  }

  /** What was set aside is free again, and the key says so, in one commit. */
  private async fail(
    refund: Refund,
    problem: Problem,
    settleKey: (tx: Transaction, problem: Problem) => Promise<void>,
  ): Promise<RefundDto> {
    const isFirst = await this.database.transaction(async (tx) => {
      const recorded = await this.record(tx, refund, 'failed');
      if (recorded) await settleKey(tx, problem);
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

  private async respondEndedMeanwhile({ accountId, id }: Refund): Promise<RefundDto> {
    const refund = await this.refunds.find(accountId, id);
    if (!refund) throw new Error(`The refund ${id} has vanished.`);
    return this.respond(refund);
  }

  private async respond(refund: Refund): Promise<RefundDto> {
    if (refund.status === 'failed') {
      const problem = refused();
      await this.database.transaction((tx) => this.idempotency.refuse(tx, problem));
      throw problem;
    }
    await this.database.transaction((tx) => this.idempotency.answer(tx, answerOf(refund)));
    return toRefundDto(refund);
  }
}

function refused(reason?: string): Problem {
  return PaymentProblems.not_refundable(
    reason === undefined
      ? 'The provider refused the refund.'
      : `The provider refused the refund: ${reason.replaceAll('_', ' ')}.`,
  );
}

function refuseUnfit(payment: Payment, amount: MoneyDto | undefined): void {
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

function answerOf(refund: Refund): Answer {
  return { status: refund.status === 'processing' ? 202 : 201, body: toRefundDto(refund) };
}
