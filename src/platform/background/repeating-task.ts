/** What a {@link RepeatingTask} does and how often. */
export interface RepeatingTaskOptions {
  /** From the beginning of one run to the beginning of the next. A run that takes longer skips the ones it overlaps. */
  readonly everyMs: number;
  /**
   * One run, which should end soon after the signal is aborted.
   * @returns nothing, or the pause in ms between this run and the next where the rhythm depends on what was found
   */
  readonly run: (signal: AbortSignal) => Promise<number | void>;
  /** Logs a run that failed; the next one comes all the same. */
  readonly onFailure: (error: unknown) => void;
  /** Whether the first run begins with {@link RepeatingTask.start}; else it comes after the interval. */
  readonly startsAtOnce?: boolean;
  /** The pause after a failed run, where it is not the interval. */
  readonly retryAfterMs?: number;
  /** The least time between the beginnings of two runs, however often {@link RepeatingTask.runSooner} is called. */
  readonly apartMinMs?: number;
  /**
   * The share of each pause (0 to 1) that is left to chance, so that processes started together do not run together.
   */
  readonly jitter?: number;
}

/**
 * Work that is repeated for as long as the process lives, one run at a time. Its timer keeps no process alive.
 * Each run must have bounds of its own: a run that never ends is never repeated.
 */
export class RepeatingTask {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> | undefined;
  private beganAt = Number.NEGATIVE_INFINITY;
  private isWanted = false;
  private isStarted = false;

  constructor(private readonly options: RepeatingTaskOptions) {}

  /** @returns when the first run has ended, where it begins at once */
  async start(): Promise<void> {
    this.isStarted = true;
    if (this.options.startsAtOnce) this.begin();
    else this.schedule(this.shortened(this.options.everyMs));
    await this.current;
  }

  /** Brings the next run forward; during a run, another one follows it. Does nothing before the start. */
  runSooner(): void {
    if (!this.isStarted) return;
    if (this.current) this.isWanted = true;
    else this.schedule(this.waitApartMs());
  }

  /** Begins no run any more, and waits for the one under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.current;
  }

  private schedule(afterMs: number): void {
    clearTimeout(this.timer);
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => this.begin(), afterMs).unref();
  }

  private begin(): void {
    if (this.current || this.stopping.signal.aborted) return;
    this.beganAt = performance.now();
    this.isWanted = false;
    this.current = this.runOnce().then((pauseMs) => {
      this.current = undefined;
      this.schedule(this.isWanted ? this.waitApartMs() : this.shortened(pauseMs));
    });
  }

  private async runOnce(): Promise<number> {
    const { run, onFailure, everyMs, retryAfterMs } = this.options;
    try {
      const pauseMs = await run(this.stopping.signal);
      if (typeof pauseMs === 'number') return pauseMs;
    } catch (error) {
      onFailure(error);
      if (retryAfterMs !== undefined) return retryAfterMs;
    }
    return everyMs - ((performance.now() - this.beganAt) % everyMs);
  }

  private waitApartMs(): number {
    return Math.max(0, this.beganAt + (this.options.apartMinMs ?? 0) - performance.now());
  }

  private shortened(pauseMs: number): number {
    return pauseMs * (1 - Math.random() * (this.options.jitter ?? 0));
  }
}
