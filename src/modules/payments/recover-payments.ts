import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../../platform/background/index.js';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { logger } from '../../platform/observability/index.js';
import { LEASE_SECONDS } from './begin-payment.js';
import { secondsUntilNextLook, type Payment } from './domain/payment.js';
import { answerOf, declined, PAYMENTS_PATH } from './payment-answers.js';
import { OpenWork, type OpenPayment, type OpenRefund } from './persistence/open-work.js';
import { Payments } from './persistence/payments.js';
import { RefundPayment } from './refund-payment.js';
import { SettlePayment } from './settle-payment.js';

const BEAT_MS = 1_000;
const BATCH = 20;
/** Less than the lease, so that nobody else has taken the payment when its end is recorded; and than a process has to end. */
const PATIENCE_MS = 15_000;
/** A payment that has been in doubt for so many looks (more than an hour) wants a person. */
const LOOKS_ALARMING = 5;

/** Ends what a crash or a silent provider left open: leases let any number of workers do it side by side. */
@Injectable()
@RunsInWorker()
export class RecoverPayments implements BackgroundTask {
  private timer: NodeJS.Timeout | undefined;
  private beat: Promise<void> = Promise.resolve();

  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly open: OpenWork,
    private readonly payments: Payments,
    private readonly settlePayment: SettlePayment,
    private readonly refundPayment: RefundPayment,
    private readonly idempotency: Idempotency,
  ) {}

  start(): void {
    let busy = false;
    this.timer = setInterval(() => {
      if (busy) return;
      busy = true;
      this.beat = this.recoverDue().finally(() => {
        busy = false;
      });
    }, BEAT_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beat;
  }

  private async recoverDue(): Promise<void> {
    try {
      const [payments, refunds] = [await this.open.claimPayments(BATCH, LEASE_SECONDS), await this.open.claimRefunds(BATCH, LEASE_SECONDS)];
      await Promise.all([...payments.map((one) => this.recoverPayment(one)), ...refunds.map((one) => this.recoverRefund(one))]);
    } catch (error) {
      logger.error({ error }, 'Open payments could not be looked at; the next beat tries again.');
    }
  }

  private async recoverPayment(open: OpenPayment): Promise<void> {
    try {
      const payment = await this.payments.find(open.accountId, open.paymentId);
      if (!payment) throw new Error(`The payment ${open.paymentId} has vanished.`);
      const hasEnded = await this.end(payment, open.cardToken);
      if (!hasEnded) await this.open.postponePayment(open.paymentId, this.nextLook('payment', open.paymentId, open.looks));
    } catch (error) {
      logger.error({ error, paymentId: open.paymentId }, 'A payment could not be recovered; its lease brings it back.');
    }
  }

  private async recoverRefund(open: OpenRefund): Promise<void> {
    try {
      const hasEnded = await this.refundPayment.recover(open.accountId, open.refundId);
      if (!hasEnded) await this.open.postponeRefund(open.refundId, this.nextLook('refund', open.refundId, open.looks));
    } catch (error) {
      logger.error({ error, refundId: open.refundId }, 'A refund could not be recovered; its lease brings it back.');
    }
  }

  private async end(payment: Payment, cardToken: string): Promise<boolean> {
    const ending = await this.settlePayment.settle({ payment, cardToken, isFirstAttempt: false }, Date.now() + PATIENCE_MS);
    if (ending.kind === 'wait' || ending.kind === 'abandon') return false;
    await this.database.transaction(async (tx) => {
      if (ending.kind === 'fail') {
        const failed = await this.settlePayment.recordFailure(tx, payment, ending.reason);
        if (failed) await this.idempotency.complete(tx, payment.id, { problem: declined(ending.reason), instance: PAYMENTS_PATH });
        return;
      }
      const captured = await this.settlePayment.recordCapture(tx, payment, ending.providerId);
      if (captured) await this.idempotency.complete(tx, payment.id, answerOf(captured));
    });
    logger.info({ paymentId: payment.id, ending: ending.kind }, 'A payment that was left open has ended.');
    return true;
  }

  private nextLook(kind: string, id: string, looks: number): number {
    const seconds = secondsUntilNextLook(looks + 1);
    if (looks >= LOOKS_ALARMING) logger.error({ kind, id, looks }, 'The provider has left this in doubt for long; a person should look at it.');
    return seconds;
  }
}
