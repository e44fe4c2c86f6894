import { showPooler } from './budget-gauges.js';
import type { PoolerConsole } from './pooler-console.js';
import { budgetMetrics } from './budget.metrics.js';

const LOOK_EVERY_MS = 5_000;

/** Shows the pooler's own figures among the metrics, on a beat of one look at a time. */
export class PoolerWatch {
  private readonly waitedSeconds = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly console: PoolerConsole) {}

  start(): void {
    void this.look();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async look(): Promise<void> {
    try {
      for (const figures of await this.console.figures())
        showPooler(figures, this.waitedSince(figures.database, figures.waitedSeconds));
      budgetMetrics.poolerUp.set(1);
    } catch {
      // The metric says so; why is in the pooler's own log.
      budgetMetrics.poolerUp.set(0);
    }
    this.timer = setTimeout(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** A pooler that was started again counts from nothing. */
  private waitedSince(database: string, waited: number): number {
    const before = this.waitedSeconds.get(database) ?? waited;
    this.waitedSeconds.set(database, waited);
    return waited < before ? waited : waited - before;
  }
}
