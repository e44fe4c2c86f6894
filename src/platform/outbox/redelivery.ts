import { Injectable } from '@nestjs/common';
import { inBatches, RepeatingTask, RunsInWorker, type BackgroundTask } from '../background/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { logger } from '../observability/index.js';
import { EventConsumers } from './event-consumers.js';
import { EventQueues } from './event-queues.js';
import { completeDueEvents } from './delivery-state.js';
import { countPending } from './outbox-events.js';
import { outboxMetrics } from './outbox.metrics.js';

/** An event is checked first this long after it was published, when nearly every consumer has had its effect. */
export const FIRST_RECHECK_MS = 15_000;
/** Pauses double up to this: an event in a dead letter costs next to nothing. */
const RECHECK_MAX_MS = 3_600_000;
const RUN_INTERVAL_MS = 2_000;
const DEADLINE_MS = 20_000;
const BATCH_MAX = 1_000;
const BATCHES_PER_RUN_MAX = 20;

/**
 * Keeps "at least once" true when a queue loses jobs (FLUSHALL, a lost disk, an eviction). A published event stays in
 * the outbox until every consumer has its inbox row; until then it is added to the queue again at growing pauses. A
 * queue that still holds it, waiting, delayed or dead, ignores it by the job's id; one that has lost it takes it anew,
 * and the inbox keeps the effect single. The same run reports.
 */
@RunsInWorker()
@Injectable()
export class Redelivery implements BackgroundTask {
  private readonly task = new RepeatingTask({
    everyMs: RUN_INTERVAL_MS,
    deadlineMs: DEADLINE_MS,
    run: (signal) => this.run(signal),
    onFailure: reportFailure,
  });

  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly queues: EventQueues,
    private readonly consumers: EventConsumers,
  ) {}

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async run(signal: AbortSignal): Promise<void> {
    const bounds = { batchMax: BATCH_MAX, batchesMax: BATCHES_PER_RUN_MAX, signal };
    // What fails does not keep the report from its work: its figures say what is wrong.
    await inBatches(() => this.publishAgain(), bounds).catch(reportFailure);
    if (!signal.aborted) await this.report(signal);
  }

  private async publishAgain(): Promise<number> {
    if (!this.queues.isReady()) return 0;
    const due = await completeDueEvents(this.database.primary, {
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

  private async report(signal: AbortSignal): Promise<void> {
    const { pending, oldestSeconds } = await countPending(this.database.primary);
    outboxMetrics.pending.set(pending);
    outboxMetrics.oldestSeconds.set(oldestSeconds);
    if (!this.queues.isReady()) return;
    for (const { consumer } of this.consumers.all()) {
      if (signal.aborted) return;
      const counts = await this.queues.of(consumer.name).getJobCounts('waiting', 'active', 'delayed', 'failed');
      for (const [state, jobs] of Object.entries(counts))
        outboxMetrics.queueJobs.set({ queue: consumer.name, state }, jobs);
    }
  }
}

function reportFailure(error: unknown): void {
  logger.warn({ error }, 'The delivery of events could not be checked; the next run tries again.');
}
