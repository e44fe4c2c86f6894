import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../../platform/background/index.js';
import { InjectConfig, type Config } from '../../platform/config/index.js';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { logger } from '../../platform/observability/index.js';
import { LEASE_SECONDS } from './begin-payment.js';
import { secondsUntilNextAttempt, secondsUntilNextPaymentAttempt, type Payment } from './domain/payment.js';
import { answerOf, declined, PAYMENTS_PATH } from './payment-answers.js';
import { PendingOperations, type Claimed, type ClaimedPayment } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';
import { RefundPayment } from './refund-payment.js';
import { ReverseOrphanedCharge } from './reverse-orphaned-charge.js';
import { ProcessPayment } from './process-payment.js';

const RUN_INTERVAL_MS = 1_000;
const BATCH = 20;
/** Less than the lease, so that nobody else has taken the payment when its end is recorded; and than a process has to end. */
const PATIENCE_MS = 15_000;
/** What has been in doubt for so many looks (more than an hour) wants a person. */
const LOOKS_ALARMING = 5;

/** Ends what a crash or a silent provider left open: leases let any number of workers do it side by side. */
@Injectable()
@RunsInWorker()
export class RecoverPayments implements BackgroundTask {
  private timer: NodeJS.Timeout | undefined;
  private beat: Promise<void> = Promise.resolve();
  private readonly expiresAfterSeconds: number;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly open: PendingOperations,
    private readonly payments: Payments,
    private readonly processPayment: ProcessPayment,
    private readonly refundPayment: RefundPayment,
    private readonly reverseOrphanedCharge: ReverseOrphanedCharge,
    private readonly idempotency: Idempotency,
  ) {
    this.expiresAfterSeconds = config.payments.expiresAfterSeconds;
  }

  start(): void {
    let busy = false;
    this.timer = setInterval(() => {
      if (busy) return;
      busy = true;
      this.beat = this.recoverDue().finally(() => {
        busy = false;
      });
    }, RUN_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beat;
  }

  private async recoverDue(): Promise<void> {
    try {
      const [payments, refunds, strays] = [
        await this.open.claimPayments(BATCH, LEASE_SECONDS),
        await this.open.claim('refund', BATCH, LEASE_SECONDS),
        await this.open.claim('orphan', BATCH, LEASE_SECONDS),
      ];
      await Promise.all([
        ...payments.map((one) => this.guarded('payment', one, () => this.recoverPayment(one))),
        ...refunds.map((one) => this.guarded('refund', one, () => this.recoverRefund(one))),
        ...strays.map((one) =>
          this.guarded('orphan', one, () => this.reverseOrphanedCharge.look(one, Date.now() + PATIENCE_MS)),
        ),
      ]);
    } catch (error) {
      logger.error({ error }, 'Open payments could not be looked at; the next beat tries again.');
    }
  }

  /** One that fails is brought back by its lease, and keeps no other from its end. */
  private async guarded(kind: string, { id, looks }: Claimed, work: () => Promise<void>): Promise<void> {
    if (looks >= LOOKS_ALARMING)
      logger.error({ kind, id, looks }, 'The provider has left this in doubt for long; a person should look at it.');
    await work().catch((error: unknown) =>
      logger.error({ error, kind, id }, 'This could not be recovered; its lease brings it back.'),
    );
  }

  private async recoverPayment({ id, accountId, cardToken, looks }: ClaimedPayment): Promise<void> {
    const payment = await this.payments.find(accountId, id);
    if (!payment) throw new Error(`The payment ${id} has vanished.`);
    const ageSeconds = (Date.now() - payment.createdAt.getTime()) / 1_000;
    const secondsToExpiry = this.expiresAfterSeconds - ageSeconds;
    const hasEnded = await this.end(payment, cardToken, secondsToExpiry <= 0);
    if (!hasEnded) await this.open.postpone('payment', id, secondsUntilNextPaymentAttempt(looks + 1, secondsToExpiry));
  }

  private async recoverRefund({ id, accountId, looks }: Claimed): Promise<void> {
    const hasEnded = await this.refundPayment.recover(accountId, id);
    if (!hasEnded) await this.open.postpone('refund', id, secondsUntilNextAttempt(looks + 1));
  }

  private async end(payment: Payment, cardToken: string | null, isExpired: boolean): Promise<boolean> {
    const ending = await this.processPayment.advance(
      { payment, cardToken, isFirstAttempt: false, isExpired },
      Date.now() + PATIENCE_MS,
    );
    if (ending.kind === 'wait' || ending.kind === 'abandon') return false;
    await this.database.transaction(async (tx) => {
      if (ending.kind === 'fail') {
        const failed = await this.processPayment.recordFailure(tx, payment, ending);
        if (failed)
          await this.idempotency.complete(tx, payment.id, {
            problem: declined(ending.reason),
            instance: PAYMENTS_PATH,
          });
        return;
      }
      const captured = await this.processPayment.recordCapture(tx, payment, ending.providerId);
      if (captured) await this.idempotency.complete(tx, payment.id, answerOf(captured));
    });
    logger.info({ paymentId: payment.id, ending: ending.kind }, 'A payment that was left open has ended.');
    return true;
  }
}
