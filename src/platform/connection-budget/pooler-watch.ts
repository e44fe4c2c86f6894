import { RepeatingTask } from '../background/index.js';
import { showPooler } from './budget-gauges.js';
import type { PoolerConsole } from './pooler-console.js';
import { budgetMetrics } from './budget.metrics.js';

const CHECK_EVERY_MS = 5_000;
const CHECK_DEADLINE_MS = 10_000;

/** Shows the pooler's own figures among the metrics, every 5 s. */
export class PoolerWatch {
  private readonly waitedSeconds = new Map<string, number>();
  private readonly task = new RepeatingTask({
    everyMs: CHECK_EVERY_MS,
    deadlineMs: CHECK_DEADLINE_MS,
    startsAtOnce: true,
    run: () => this.check(),
    // The metric says so; why is in the pooler's own log.
    onFailure: () => budgetMetrics.poolerUp.set(0),
  });

  constructor(private readonly console: PoolerConsole) {}

  start(): void {
    void this.task.start();
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  private async check(): Promise<void> {
    for (const figures of await this.console.figures())
      showPooler(figures, this.waitedSince(figures.database, figures.waitedSeconds));
    budgetMetrics.poolerUp.set(1);
  }

  /** A pooler that was restarted counts from zero. */
  private waitedSince(database: string, waited: number): number {
    const before = this.waitedSeconds.get(database) ?? waited;
    this.waitedSeconds.set(database, waited);
    return waited < before ? waited : waited - before;
  }
}
