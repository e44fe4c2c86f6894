import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../../platform/background/index.js';
import { logger } from '../../platform/observability/index.js';
import { WebhookSending } from './persistence/webhook-sending.js';
import { webhookMetrics } from './webhook.metrics.js';

const RUN_INTERVAL_MS = 15_000;
const BATCH_MAX = 500;
/** A beat removes at most this many batches; what is left waits for the next one. */
const BATCHES_PER_RUN_MAX = 20;
const DELIVERED_KEPT_DAYS = 30;
/** A dead letter is kept longer: somebody may still want it replayed. */
const DEAD_KEPT_DAYS = 90;

/** Counts the open webhooks, and removes what ended long ago and what was of deleted endpoints. */
@Injectable()
@RunsInWorker()
export class ReapWebhooks implements BackgroundTask {
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;
  private isStopping = false;

  constructor(private readonly sending: WebhookSending) {}

  start(): void {
    this.timer = setInterval(() => this.run(), RUN_INTERVAL_MS);
    this.run();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.beating;
  }

  private run(): void {
    this.beating ??= this.work()
      .catch((error: unknown) =>
        logger.warn({ error }, 'Old webhooks could not be removed; the next beat tries again.'),
      )
      .finally(() => {
        this.beating = undefined;
      });
  }

  private async work(): Promise<void> {
    webhookMetrics.deliveriesPending.set(await this.sending.countOpen());
    await this.inBatches(() => this.sending.reapEnded(BATCH_MAX, DELIVERED_KEPT_DAYS, DEAD_KEPT_DAYS));
    await this.inBatches(() => this.sending.reapDeleted(BATCH_MAX));
  }

  private async inBatches(batch: () => Promise<number>): Promise<void> {
    for (let done = 0; done < BATCHES_PER_RUN_MAX && !this.isStopping; done++) {
      if ((await batch()) < BATCH_MAX) return;
    }
  }
}
