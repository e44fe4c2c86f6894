import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../background/index.js';
import { InjectConfig, type Config } from '../config/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { logger } from '../observability/index.js';
import { deleteDeadKeys } from './idempotency-keys.js';
import { leaseMsOf } from './key-lease.js';

const BEAT_MS = 30_000;
/** Short statements leave room for payments between them. */
const BATCH_MAX = 500;
/** A beat removes at most this many batches; what is left waits for the next one. */
const BATCHES_PER_BEAT_MAX = 40;

/**
 * Removes keys after their 24 hours. Unfinished ones of work that is recovered never die: they hold the only link
 * between a key and work that may have charged somebody. Several reapers share the work (SKIP LOCKED).
 */
@RunsInWorker()
@Injectable()
export class KeyReaper implements BackgroundTask {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopping = false;

  private readonly leaseMs: number;

  constructor(
    @InjectConfig() config: Config,
    @InjectDatabase('platform') private readonly database: ContextDatabase,
  ) {
    this.leaseMs = leaseMsOf(config);
  }

  start(): void {
    this.timer = setInterval(() => (this.running = this.running.then(() => this.beat())), BEAT_MS);
    this.running = this.beat();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  private async beat(): Promise<void> {
    try {
      for (let batch = 0; batch < BATCHES_PER_BEAT_MAX && !this.stopping; batch++) {
        if ((await deleteDeadKeys(this.database.primary, BATCH_MAX, this.leaseMs)) < BATCH_MAX) return;
      }
    } catch (error) {
      logger.warn({ error }, 'Expired idempotency keys could not be removed; the next beat tries again.');
    }
  }
}
