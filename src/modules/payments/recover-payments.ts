import { Injectable } from '@nestjs/common';
import { RepeatingTask, RunsInWorker, type BackgroundTask } from '../../platform/background/index.js';
import { InjectConfig, type Config } from '../../platform/config/index.js';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { logger } from '../../platform/observability/index.js';
import { LEASE_SECONDS } from './begin-payment.js';
import {
  ATTEMPTS_ALARMING,
  secondsUntilNextAttempt,
  secondsUntilNextPaymentAttempt,
} from './domain/attempt-schedule.js';
import type { Payment } from './domain/payment.js';
import { paymentFailed } from './payments.problems.js';
import { PendingOperations, type Claimed, type ClaimedPayment } from './persistence/pending-operations.js';
import { Payments } from './persistence/payments.js';
import { RefundPayment } from './refund-payment.js';
import { ReverseOrphanedCharge } from './reverse-orphaned-charge.js';
import { ProcessPayment } from './process-payment.js';

const RUN_INTERVAL_MS = 1_000;
const BATCH = 20;
/** Less than the lease, so that no other worker claims the payment meanwhile, and than a stopping process has. */
const TIMEOUT_MS = 15_000;
/** Nothing is claimed after this; what has been claimed has its own time. */
const DEADLINE_MS = 15_000;

/**
 * Ends the operations that a crash or an unknown outcome left pending: it asks the provider again, by the schedule in
 * `domain/attempt-schedule.ts`, until the outcome is known. Leases let several workers do it side by side.
 */
@Injectable()
@RunsInWorker()
export class RecoverPayments implements BackgroundTask {
  private readonly task = new RepeatingTask({
    everyMs: RUN_INTERVAL_MS,
    deadlineMs: DEADLINE_MS,
    run: (signal) => this.recoverDue(signal),
    onFailure: (error) => logger.error({ error }, 'Pending payments could not be recovered; the next run tries again.'),
  });
  private readonly expiresAfterSeconds: number;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly pending: PendingOperations,
    private readonly payments: Payments,
    private readonly processPayment: ProcessPayment,
    private readonly refundPayment: RefundPayment,
    private readonly reverseOrphanedCharge: ReverseOrphanedCharge,
    private readonly idempotency: Idempotency,
  ) {
    this.expiresAfterSeconds = config.payments.expiresAfterSeconds;
  }

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async recoverDue(signal: AbortSignal): Promise<void> {
    const payments = await this.pending.claimPayments(BATCH, LEASE_SECONDS);
    const refunds = signal.aborted ? [] : await this.pending.claim('refund', BATCH, LEASE_SECONDS);
    const orphans = signal.aborted ? [] : await this.pending.claim('orphan', BATCH, LEASE_SECONDS);
    await Promise.all([
      ...payments.map((one) => this.guarded('payment', one, () => this.recoverPayment(one))),
      ...refunds.map((one) => this.guarded('refund', one, () => this.recoverRefund(one))),
      ...orphans.map((one) =>
        this.guarded('orphan', one, () => this.reverseOrphanedCharge.check(one, Date.now() + TIMEOUT_MS)),
      ),
    ]);
  }

  /** One that throws becomes due again when its lease ends, and does not stop the others of its batch. */
  private async guarded(kind: string, { id, attempts }: Claimed, work: () => Promise<void>): Promise<void> {
    if (attempts >= ATTEMPTS_ALARMING)
      logger.error(
        { kind, id, attempts },
        'The outcome at the provider has been unknown for long; a person should check it at the provider.',
      );
    await work().catch((error: unknown) =>
      logger.error(
        { error, kind, id },
        'A pending operation could not be recovered; it is due again when its lease ends.',
      ),
    );
  }

  private async recoverPayment({ id, accountId, cardToken, attempts }: ClaimedPayment): Promise<void> {
    const payment = await this.payments.find(accountId, id);
    if (!payment) throw new Error(`The payment ${id} is missing.`);
    const ageSeconds = (Date.now() - payment.createdAt.getTime()) / 1_000;
    const secondsToExpiry = this.expiresAfterSeconds - ageSeconds;
    const hasEnded = await this.end(payment, cardToken, secondsToExpiry <= 0);
    if (!hasEnded)
      await this.pending.postpone('payment', id, secondsUntilNextPaymentAttempt(attempts + 1, secondsToExpiry));
  }

  private async recoverRefund({ id, accountId, attempts }: Claimed): Promise<void> {
    const hasEnded = await this.refundPayment.recover(accountId, id);
    if (!hasEnded) await this.pending.postpone('refund', id, secondsUntilNextAttempt(attempts + 1));
  }

  private async end(payment: Payment, cardToken: string | null, isExpired: boolean): Promise<boolean> {
    const ending = await this.processPayment.advance(
      { payment, cardToken, isFirstAttempt: false, isExpired },
      Date.now() + TIMEOUT_MS,
    );
    if (ending.kind === 'await-recovery' || ending.kind === 'abandon') return false;
    await this.database.transaction(async (tx) => {
      if (ending.kind === 'fail') {
        const failed = await this.processPayment.recordFailure(tx, payment, ending);
        if (failed)
          await this.idempotency.complete(tx, payment.id, {
            problem: paymentFailed(ending.reason),
            instance: '/v1/payments',
          });
        return;
      }
      const captured = await this.processPayment.recordCapture(tx, payment, ending.providerId);
      if (captured) await this.idempotency.complete(tx, payment.id, captured);
    });
    logger.info({ paymentId: payment.id, ending: ending.kind }, 'A pending payment was recovered.');
    return true;
  }
}
