import { Injectable } from '@nestjs/common';
import { RepeatingTask, RunsInWorker, type BackgroundTask } from '../background/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { logger } from '../observability/index.js';
import {
  createNextPartition,
  dropOldestPartition,
  isBusy,
  partitionState,
  TIME_PARTITIONED,
  type TimePartitioned,
} from './time-partitions.js';
import { outboxMetrics } from './outbox.metrics.js';

const RUN_INTERVAL_MS = 60_000;
const DEADLINE_MS = 30_000;
/** More than are ever missing or over at once; what is left waits for the next run. */
const STEPS_PER_RUN_MAX = 12;
/** With less prepared than this an operator should act: events then go into the default partition, and go on. */
const AHEAD_MIN_SECONDS = 86_400;
/** A partition that is still there so long after its end is held by a row in it, most likely of a dead letter. */
const OVERDUE_AFTER_SECONDS: Readonly<Record<TimePartitioned, number>> = { outbox: 3 * 86_400, inbox: 40 * 86_400 };
const REPORTS_EVERY_RUNS = 60;

/**
 * Keeps the partitions of outbox and inbox: makes them days ahead, and drops those of which no row is needed any more.
 * Every worker runs one; the database lets one of them act at a time.
 */
@RunsInWorker()
@Injectable()
export class PartitionKeeper implements BackgroundTask {
  private runs = 0;
  private readonly task = new RepeatingTask({
    everyMs: RUN_INTERVAL_MS,
    deadlineMs: DEADLINE_MS,
    jitter: 0.1,
    startsAtOnce: true,
    run: (signal) => this.run(signal),
    onFailure: (error) => logger.warn({ error }, 'The partitions could not be maintained; the next run tries again.'),
  });

  constructor(@InjectDatabase('platform') private readonly database: ContextDatabase) {}

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (const table of TIME_PARTITIONED) {
      if (signal.aborted) break;
      await this.keep(table, signal).catch((error: unknown) => {
        if (isBusy(error))
          logger.debug(
            { table },
            'The partitions could not be changed without making others wait; the next run tries again.',
          );
        else logger.warn({ error, table }, 'The partitions could not be maintained; the next run tries again.');
      });
      if (!signal.aborted)
        await this.report(table).catch((error: unknown) =>
          logger.warn({ error, table }, 'The partitions could not be counted.'),
        );
    }
    this.runs++;
  }

  private async keep(table: TimePartitioned, signal: AbortSignal): Promise<void> {
    const { primary } = this.database;
    // To prepare comes first: a table that is too busy to lose a partition must still get its next one.
    for (const step of [createNextPartition, dropOldestPartition]) {
      for (let done = 0; done < STEPS_PER_RUN_MAX && !signal.aborted; done++) {
        const partition = await step(primary, table);
        if (partition === null) break;
        logger.info(
          { partition },
          step === createNextPartition
            ? 'A partition was made.'
            : 'A partition was dropped: all its rows were completed.',
        );
      }
    }
  }

  private async report(table: TimePartitioned): Promise<void> {
    const { aheadSeconds, overdue } = await partitionState(this.database.primary, table, OVERDUE_AFTER_SECONDS[table]);
    outboxMetrics.partitionsAheadSeconds.set({ table }, aheadSeconds);
    outboxMetrics.partitionsOverdue.set({ table }, overdue.length);
    if (this.runs % REPORTS_EVERY_RUNS !== 0) return;
    if (aheadSeconds < AHEAD_MIN_SECONDS)
      logger.error(
        { table, aheadSeconds },
        'Partitions are not made ahead any more; rows go into the default partition.',
      );
    if (overdue.length > 0)
      logger.warn(
        { table, overdue },
        'Old partitions are held by events that are not completed; see the dead letters.',
      );
  }
}
