import { Injectable } from '@nestjs/common';
import { RepeatingTask, RunsInWorker, type BackgroundTask } from '../background/index.js';
import { logger } from '../observability/index.js';
import { Deliveries } from './persistence/deliveries.js';
import { webhookMetrics } from './webhooks.metrics.js';

const RUN_INTERVAL_MS = 15_000;
const DEADLINE_MS = 15_000;

/** Publishes how many webhooks are pending, for the alert rules. */
@Injectable()
@RunsInWorker()
export class PendingDeliveriesMetric implements BackgroundTask {
  private readonly task = new RepeatingTask({
    everyMs: RUN_INTERVAL_MS,
    deadlineMs: DEADLINE_MS,
    startsAtOnce: true,
    run: async () => webhookMetrics.deliveriesPending.set(await this.deliveries.countPending()),
    onFailure: (error) => logger.warn({ error }, 'Pending webhooks could not be counted; the next run tries again.'),
  });

  constructor(private readonly deliveries: Deliveries) {}

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }
}
