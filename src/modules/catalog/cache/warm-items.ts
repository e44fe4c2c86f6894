import { Injectable } from '@nestjs/common';
import { RepeatingTask, RunsInWorker, type BackgroundTask } from '../../../platform/background/index.js';
import { Caches } from '../../../platform/cache/index.js';
import { InjectConfig, type Config } from '../../../platform/config/index.js';
import { logger } from '../../../platform/observability/index.js';
import { Items } from '../persistence/items.js';
import { SharedItems } from './shared-items.js';

const BATCH_SIZE = 200;
/** The first round fills an empty layer: some 4,000 items a second, a fifth of one core. */
const FIRST_ROUND_PAUSE_MS = 30;
/** Later rounds only restore what was evicted; 300,000 items take ten minutes. */
const LATER_PAUSE_MS = 400;
const RETRY_PAUSE_MS = 5_000;
/** One statement and one write to the shared layer. */
const DEADLINE_MS = 15_000;

/**
 * Keeps the most popular items in the shared layer, so that the long tail of a large catalog does not reach the
 * database one item at a time: one statement for each two hundred. The process that publishes invalidations does it.
 */
@RunsInWorker()
@Injectable()
export class WarmItems implements BackgroundTask {
  private readonly task = new RepeatingTask({
    everyMs: RETRY_PAUSE_MS,
    deadlineMs: DEADLINE_MS,
    run: async () => ((await this.step()) ? this.pauseMs() : RETRY_PAUSE_MS),
    onFailure: (error) => logger.warn({ error }, 'The shared cache could not be warmed; the next attempt follows.'),
    retryAfterMs: RETRY_PAUSE_MS,
  });
  private restarts = 0;
  private rounds = 0;
  private warmed = 0;
  private after: { popularity: number; id: string } | undefined;

  constructor(
    @InjectConfig() private readonly config: Config,
    private readonly caches: Caches,
    private readonly items: Items,
    private readonly shared: SharedItems,
  ) {}

  start(): void {
    if (this.config.cache.warmItemsMax > 0) void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private pauseMs(): number {
    return this.rounds === 0 ? FIRST_ROUND_PAUSE_MS : LATER_PAUSE_MS;
  }

  /** The shared layer was emptied: it is filled again at the pace of the first round. */
  private startOver(restarts: number): void {
    this.restarts = restarts;
    this.rounds = 0;
    this.warmed = 0;
    this.after = undefined;
  }

  /** @returns false when there is nothing to warm, or when another process does it */
  private async step(): Promise<boolean> {
    const { publisher } = this.caches;
    if (!publisher.isPublishing()) return false;
    if (publisher.restarts !== this.restarts) this.startOver(publisher.restarts);
    const asOf = Date.now();
    const left = this.config.cache.warmItemsMax - this.warmed;
    const { items, last, version } = await this.items.byPopularity(this.after, Math.min(BATCH_SIZE, left));
    if (
      !(await this.shared.put(
        items.map((item) => ({ names: [item.id, item.slug], item, version })),
        asOf,
      ))
    )
      return false;
    this.warmed += items.length;
    this.after = last && { popularity: last.popularity, id: last.id };
    if (items.length === BATCH_SIZE && this.warmed < this.config.cache.warmItemsMax) return true;
    if (this.rounds++ === 0) logger.info({ items: this.warmed }, 'The shared cache is warm.');
    this.warmed = 0;
    this.after = undefined;
    return items.length === BATCH_SIZE;
  }
}
