import { Injectable } from '@nestjs/common';
import { inBatches, RepeatingTask, RunsInWorker, type BackgroundTask } from '../background/index.js';
import { InjectConfig, type Config } from '../config/index.js';
import { logger } from '../observability/index.js';
import { deleteEndedRows, overdueSeconds } from './ended-rows.js';
import { RetainedTables, type RetainedRows } from './retained-tables.js';
import { retentionMetrics } from './retention.metrics.js';

/** Short statements leave room for requests between them. */
const BATCH_MAX = 500;
/** A table with a backlog leaves the others their turn in the same run. */
const BATCHES_PER_RUN_MAX = 100;
/** Between two batches, so that their statements never come as one long burst. */
const BATCH_PAUSE_MS = 10;
const DEADLINE_MS = 30_000;

/**
 * Deletes rows that have outlived their retention, in every worker, batch by batch (ADR 034). What is left when a run
 * has to end waits for the next one.
 */
@RunsInWorker()
@Injectable()
export class DeleteOldRows implements BackgroundTask {
  private readonly task: RepeatingTask;

  constructor(
    @InjectConfig() config: Config,
    private readonly tables: RetainedTables,
  ) {
    this.task = new RepeatingTask({
      everyMs: config.retention.intervalMs,
      deadlineMs: DEADLINE_MS,
      jitter: 0.1,
      startsAtOnce: true,
      run: (signal) => this.run(signal),
      onFailure: (error) => logger.warn({ error }, 'Old rows could not be deleted; the next run tries again.'),
    });
  }

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  /** A table that fails does not keep the next one from its turn. */
  private async run(signal: AbortSignal): Promise<void> {
    const overdue = new Map<string, number>();
    for (const rows of this.tables.rules()) {
      if (signal.aborted) break;
      const seconds = await this.deleteRows(rows, signal).catch((error: unknown) => {
        logger.warn({ error, table: rows.table }, 'Old rows could not be deleted; the next run tries again.');
        return undefined;
      });
      // Nothing is claimed of a table that could not be asked: its gauge stays as it was.
      if (seconds !== undefined) overdue.set(rows.table, Math.max(seconds, overdue.get(rows.table) ?? 0));
    }
    for (const [table, seconds] of overdue) retentionMetrics.overdueSeconds.set({ table }, seconds);
  }

  /** @returns for how long the oldest row is overdue that is left */
  private async deleteRows(retained: RetainedRows, signal: AbortSignal): Promise<number> {
    const bounds = { batchMax: 1, batchesMax: BATCHES_PER_RUN_MAX, pauseMs: BATCH_PAUSE_MS, signal };
    await inBatches(async () => {
      const { rows, isFull } = await deleteEndedRows(retained, BATCH_MAX);
      for (const [table, deleted] of Object.entries(rows))
        if (deleted > 0) retentionMetrics.deleted.inc({ table }, deleted);
      return isFull ? 1 : 0;
    }, bounds);
    return overdueSeconds(retained);
  }
}
