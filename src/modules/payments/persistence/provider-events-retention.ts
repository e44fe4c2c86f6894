import { Injectable } from '@nestjs/common';
import { RepeatingTask, RunsInWorker, type BackgroundTask } from '../../../platform/background/index.js';
import { logger } from '../../../platform/observability/index.js';
import { ProviderEvents } from './provider-events.js';

const RUN_INTERVAL_MS = 5_000;
const BATCH_MAX = 1_000;

/** Deletes provider events past their retention, batch by batch. */
@Injectable()
@RunsInWorker()
export class ProviderEventsRetention implements BackgroundTask {
  private readonly task = new RepeatingTask({
    everyMs: RUN_INTERVAL_MS,
    run: async () => void (await this.events.prune(BATCH_MAX)),
    onFailure: (error) => logger.warn({ error }, 'Old provider events could not be deleted; the next run tries again.'),
  });

  constructor(private readonly events: ProviderEvents) {}

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }
}
