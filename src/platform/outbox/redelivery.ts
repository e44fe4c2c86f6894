import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../background/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { logger } from '../observability/index.js';
import { EventConsumers } from './event-consumers.js';
import { EventQueues } from './event-queues.js';
import { deleteOldInboxRows, deleteSettledEvents, settleDueEvents } from './delivery-state.js';
import { countPending } from './outbox-events.js';
import { outboxMetrics } from './outbox.metrics.js';

/** An event is looked at first this long after its hand-over, when nearly every consumer has had its effect. */
export const FIRST_RECHECK_MS = 15_000;
/** Pauses double up to this: an event in a dead letter costs next to nothing. */
const RECHECK_MAX_MS = 3_600_000;
const RUN_INTERVAL_MS = 2_000;
const BATCH_MAX = 1_000;
const BATCHES_PER_RUN_MAX = 20;

/**
 * Keeps "at least once" true when a queue forgets (FLUSHALL, a lost disk, an eviction). A published event stays in
 * the outbox until every consumer has its inbox row; until then it is offered to the queue again at growing
 * pauses. A queue that still knows it, waiting, delayed or dead, ignores the offer by the job's id; one that has
 * forgotten takes it anew, and the inbox keeps the effect single. The same beat reports and reaps.
 */
@RunsInWorker()
@Injectable()
export class Redelivery implements BackgroundTask {
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;
  private stopping = false;

  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly queues: EventQueues,
    private readonly consumers: EventConsumers,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.run(), RUN_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.beating;
  }

  /** A beat that takes longer than its interval is not overtaken by the next one. */
  private run(): void {
    this.beating ??= this.work().finally(() => {
      this.beating = undefined;
    });
  }

  private async work(): Promise<void> {
    const steps = [
      () => this.inBatches(() => this.offerAgain()),
      () => this.report(),
      () => this.inBatches(() => deleteSettledEvents(this.database.primary, BATCH_MAX)),
      () => this.inBatches(() => deleteOldInboxRows(this.database.primary, BATCH_MAX)),
    ];
    // One after the other, and a step that fails does not keep the next one from its work.
    for (const step of steps) {
      await step().catch((error: unknown) =>
        logger.warn({ error }, 'The delivery of events could not be looked after; the next beat tries again.'),
      );
    }
  }

  private async inBatches(batch: () => Promise<number>): Promise<void> {
    for (let done = 0; done < BATCHES_PER_RUN_MAX && !this.stopping; done++) {
      if ((await batch()) < BATCH_MAX) return;
    }
  }

  private async offerAgain(): Promise<number> {
    if (!this.queues.isReady()) return 0;
    const due = await settleDueEvents(this.database.primary, {
      subscriptions: this.consumers.subscriptions(),
      batchMax: BATCH_MAX,
      firstPauseMs: FIRST_RECHECK_MS,
      pauseMaxMs: RECHECK_MAX_MS,
    });
    const open = due.filter((event) => event.missing.length > 0);
    const missing = new Map(open.map((event) => [event.queued.id, event.missing]));
    if (open.length > 0)
      await this.queues.publish(
        open.map((event) => event.queued),
        (event) => missing.get(event.id) ?? [],
      );
    return due.length;
  }

  private async report(): Promise<void> {
    const { pending, oldestSeconds } = await countPending(this.database.primary);
    outboxMetrics.pending.set(pending);
    outboxMetrics.oldestSeconds.set(oldestSeconds);
    if (!this.queues.isReady()) return;
    for (const { consumer } of this.consumers.all()) {
      const counts = await this.queues.of(consumer.name).getJobCounts('waiting', 'active', 'delayed', 'failed');
      for (const [state, jobs] of Object.entries(counts))
        outboxMetrics.queueJobs.set({ queue: consumer.name, state }, jobs);
    }
  }
}
