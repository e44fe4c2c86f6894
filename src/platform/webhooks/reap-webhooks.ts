import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../background/index.js';
import { logger } from '../observability/index.js';
import { ExpiredRows } from './persistence/expired-rows.js';
import { webhookMetrics } from './webhooks.metrics.js';

const RUN_INTERVAL_MS = 15_000;
const BATCH_MAX = 500;
/** A run removes at most this many batches; the rest waits for the next one. */
const BATCHES_PER_RUN_MAX = 20;
const DELIVERED_KEPT_DAYS = 30;
/** A dead letter is kept longer: its owner may still replay it. */
const DEAD_KEPT_DAYS = 90;

/** Counts pending webhooks, and removes what ended long ago or belongs to deleted endpoints. */
@Injectable()
@RunsInWorker()
export class ReapWebhooks implements BackgroundTask {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopping = false;

  constructor(private readonly expired: ExpiredRows) {}

  start(): void {
    this.timer = setInterval(() => this.run(), RUN_INTERVAL_MS);
    this.run();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  private run(): void {
    this.running ??= this.work()
      .catch((error: unknown) => logger.warn({ error }, 'Old webhooks could not be removed; the next run retries.'))
      .finally(() => {
        this.running = undefined;
      });
  }

  private async work(): Promise<void> {
    webhookMetrics.deliveriesPending.set(await this.expired.countPending());
    await this.inBatches(() => this.expired.deleteEnded(BATCH_MAX, DELIVERED_KEPT_DAYS, DEAD_KEPT_DAYS));
    await this.inBatches(() => this.expired.deleteOfDeletedEndpoints(BATCH_MAX));
  }

  private async inBatches(batch: () => Promise<number>): Promise<void> {
    for (let done = 0; done < BATCHES_PER_RUN_MAX && !this.isStopping; done++) {
      if ((await batch()) < BATCH_MAX) return;
    }
  }
}
