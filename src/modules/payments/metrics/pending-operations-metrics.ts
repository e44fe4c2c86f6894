import { Injectable } from '@nestjs/common';
import { RepeatingTask, RunsInWorker, type BackgroundTask } from '../../../platform/background/index.js';
import { logger } from '../../../platform/observability/index.js';
import { ageOfIdSeconds } from '../domain/age-of-id.js';
import { PendingOperations, type OperationKind } from '../persistence/pending-operations.js';
import { paymentsMetrics } from './payments.metrics.js';

const RUN_INTERVAL_MS = 5_000;
const DEADLINE_MS = 15_000;
const STATUSES = {
  payment: 'processing',
  refund: 'refunding',
  orphan: 'orphan_check',
} as const satisfies Record<OperationKind, string>;

/** Publishes how many operations are pending and how old they are, for the alert rules. */
@Injectable()
@RunsInWorker()
export class PendingOperationsMetrics implements BackgroundTask {
  private readonly task = new RepeatingTask({
    everyMs: RUN_INTERVAL_MS,
    deadlineMs: DEADLINE_MS,
    run: (signal) => this.publish(signal),
    onFailure: (error) => logger.warn({ error }, 'Pending payments could not be counted; the next run tries again.'),
  });

  constructor(private readonly pending: PendingOperations) {}

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async publish(signal: AbortSignal): Promise<void> {
    for (const kind of Object.keys(STATUSES) as OperationKind[]) {
      if (signal.aborted) return;
      const { pending, oldestId } = await this.pending.countPending(kind);
      const labels = { status: STATUSES[kind] };
      paymentsMetrics.pending.set(labels, pending);
      paymentsMetrics.oldestPendingSeconds.set(labels, oldestId === null ? 0 : ageOfIdSeconds(oldestId, Date.now()));
    }
  }
}
