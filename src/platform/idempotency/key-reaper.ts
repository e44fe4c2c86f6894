import { Injectable } from '@nestjs/common';
import { inBatches, RepeatingTask, RunsInWorker, type BackgroundTask } from '../background/index.js';
import { InjectConfig, type Config } from '../config/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { logger } from '../observability/index.js';
import { deleteAbandonedKeys, findAbandonedWork } from './abandoned-keys.js';
import { deleteExpiredKeys } from './idempotency-keys.js';
import { RecoverableOperations, type StillOpen } from './recoverable-operations.js';

const DEADLINE_MS = 20_000;
/** Short statements leave room for payments between them. */
const BATCH_MAX = 500;
/** A run removes at most this many batches; what is left waits for the next one. */
const BATCHES_PER_RUN_MAX = 40;

/** Between two batches, so that the statements of a run never come as one long burst. */
const BATCH_PAUSE_MS = 20;

/**
 * Removes keys after their 24 hours. An unfinished key of a recoverable route is the only link to work that may have
 * charged a customer: it goes only when the route's context answers that nothing is open. Several reapers share the
 * work (SKIP LOCKED).
 */
@RunsInWorker()
@Injectable()
export class KeyReaper implements BackgroundTask {
  private readonly task: RepeatingTask;
  private readonly leaseMs: number;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly recoverable: RecoverableOperations,
  ) {
    this.leaseMs = config.idempotency.leaseMs;
    this.task = new RepeatingTask({
      everyMs: config.retention.intervalMs,
      deadlineMs: DEADLINE_MS,
      jitter: 0.1,
      startsAtOnce: true,
      run: (signal) => this.run(signal),
      onFailure: (error) =>
        logger.warn({ error }, 'Expired idempotency keys could not be removed; the next run tries again.'),
    });
  }

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async run(signal: AbortSignal): Promise<void> {
    const bounds = { batchMax: BATCH_MAX, batchesMax: BATCHES_PER_RUN_MAX, signal, pauseMs: BATCH_PAUSE_MS };
    await inBatches(() => deleteExpiredKeys(this.database.primary, BATCH_MAX, this.leaseMs), bounds);
    for (const { route, stillOpen } of this.recoverable.all()) {
      let after: string | undefined;
      await inBatches(async () => {
        const found = await this.reapAbandoned(route, stillOpen, after);
        after = found.at(-1);
        return found.length;
      }, bounds);
    }
  }

  /** One batch. @returns the work that was looked through, the oldest first */
  private async reapAbandoned(route: string, stillOpen: StillOpen, after: string | undefined): Promise<string[]> {
    const { leaseMs, database } = this;
    const found = await findAbandonedWork(database.primary, { route, leaseMs, batchMax: BATCH_MAX, after });
    const open = new Set(found.length > 0 ? await stillOpen(found) : []);
    const over = found.filter((workId) => !open.has(workId));
    const deleted = over.length > 0 ? await deleteAbandonedKeys(database.primary, over, leaseMs) : 0;
    if (deleted > 0)
      logger.info({ route, keys: deleted }, 'Keys of requests that died before they began anything were removed.');
    return found;
  }
}
