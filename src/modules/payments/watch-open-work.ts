import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../../platform/background/index.js';
import { logger, metrics } from '../../platform/observability/index.js';
import { ageOfIdSeconds } from './domain/age-of-id.js';
import { OpenWork, type OpenKind } from './persistence/open-work.js';
import { ProviderEvents } from './persistence/provider-events.js';

const BEAT_MS = 5_000;
const KINDS: readonly OpenKind[] = ['payment', 'refund', 'stray'];
const REAP_BATCH_MAX = 1_000;

/** Tells how much is in flight and how old it is, so that somebody is called before a customer asks; forgets old events. */
@Injectable()
@RunsInWorker()
export class WatchOpenWork implements BackgroundTask {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly open: OpenWork,
    private readonly events: ProviderEvents,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look());
    }, BEAT_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private async look(): Promise<void> {
    try {
      for (const kind of KINDS) {
        const { open, oldestId } = await this.open.countOpen(kind);
        metrics.paymentsOpen.set({ kind }, open);
        metrics.paymentsOpenOldestSeconds.set({ kind }, oldestId === null ? 0 : ageOfIdSeconds(oldestId, Date.now()));
      }
      await this.events.forgetOld(REAP_BATCH_MAX);
    } catch (error) {
      logger.warn({ error }, 'Open payments could not be counted; the next beat tries again.');
    }
  }
}
