import { Injectable } from '@nestjs/common';
import { inBatches, RepeatingTask, RunsInWorker, type BackgroundTask } from '../background/index.js';
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
  private readonly task = new RepeatingTask({
    everyMs: RUN_INTERVAL_MS,
    startsAtOnce: true,
    run: (signal) => this.run(signal),
    onFailure: (error) => logger.warn({ error }, 'Old webhooks could not be removed; the next run retries.'),
  });

  constructor(private readonly expired: ExpiredRows) {}

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async run(signal: AbortSignal): Promise<void> {
    webhookMetrics.deliveriesPending.set(await this.expired.countPending());
    const bounds = { batchMax: BATCH_MAX, batchesMax: BATCHES_PER_RUN_MAX, signal };
    await inBatches(() => this.expired.deleteEnded(BATCH_MAX, DELIVERED_KEPT_DAYS, DEAD_KEPT_DAYS), bounds);
    await inBatches(() => this.expired.deleteOfDeletedEndpoints(BATCH_MAX), bounds);
  }
}
