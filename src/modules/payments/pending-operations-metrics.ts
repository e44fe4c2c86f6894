import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../../platform/background/index.js';
import { logger } from '../../platform/observability/index.js';
import { ageOfIdSeconds } from './domain/age-of-id.js';
import { PendingOperations, type OpenKind } from './persistence/pending-operations.js';
import { ProviderEvents } from './persistence/provider-events.js';
import { paymentsMetrics } from './payments.metrics.js';

const RUN_INTERVAL_MS = 5_000;
const KINDS: readonly OpenKind[] = ['payment', 'refund', 'orphan'];
const REAP_BATCH_MAX = 1_000;

/** Tells how much is in flight and how old it is, so that somebody is called before a customer asks; forgets old events. */
@Injectable()
@RunsInWorker()
export class PendingOperationsMetrics implements BackgroundTask {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly open: PendingOperations,
    private readonly events: ProviderEvents,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look());
    }, RUN_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private async look(): Promise<void> {
    try {
      for (const kind of KINDS) {
        const { open, oldestId } = await this.open.countOpen(kind);
        paymentsMetrics.pending.set({ kind }, open);
        paymentsMetrics.oldestPendingSeconds.set(
          { kind },
          oldestId === null ? 0 : ageOfIdSeconds(oldestId, Date.now()),
        );
      }
      await this.events.forgetOld(REAP_BATCH_MAX);
    } catch (error) {
      logger.warn({ error }, 'Open payments could not be counted; the next beat tries again.');
    }
  }
}
