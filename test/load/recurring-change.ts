import { setTimeout as delay } from 'node:timers/promises';
import type { StaffClient } from './staff-client.js';

const STOCK_MAX = 400;

/** Sells and restocks one item again and again until it is stopped. */
export class RecurringChange {
  private readonly ending = new AbortController();
  private readonly loop: Promise<void>;
  changes = 0;
  /** Changes that the system did not take; during an outage that is what is to be shown. */
  failures = 0;

  constructor(
    private readonly staff: StaffClient,
    private readonly itemId: string,
    private readonly everyMs: number,
  ) {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.staff.setStock(this.itemId, 1 + (this.changes % STOCK_MAX)).catch(() => {
        this.failures += 1;
      });
      this.changes += 1;
      await delay(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
