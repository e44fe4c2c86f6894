import { DeadlineExceededError, resultOrLate } from './deadline.js';

/**
 * The longest step of a run. The clients of the database (`DATABASE_ANSWER_TIMEOUT_MS`), of Redis and of other systems
 * give a call up before that.
 */
const STEP_MAX_MS = 16_000;

/** What a {@link RepeatingTask} does and how often. */
export interface RepeatingTaskOptions {
  /** From the beginning of one run to the beginning of the next. A run that takes longer skips the ones it overlaps. */
  readonly everyMs: number;
  /**
   * A run that goes on so long after its beginning has its signal aborted, and ends at its next step. The work that is
   * left is for the next run, so a slow database makes runs neither longer nor more.
   */
  readonly deadlineMs: number;
  /**
   * One run. It looks at the signal between its steps, and begins none once it is aborted.
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
 * Each run has a deadline; each step must have a bound of its own, since a step that never ends is never repeated. One
 * that goes beyond is reported.
 */
export class RepeatingTask {
  private isStopping = false;
  /** Ends the run under way. */
  private ending = new AbortController();
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

  /** Begins no run any more, and waits for the step under way, at most for {@link STEP_MAX_MS}. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.ending.abort();
    clearTimeout(this.timer);
    if (this.current) await resultOrLate(this.current, STEP_MAX_MS, undefined);
  }

  private schedule(afterMs: number): void {
    clearTimeout(this.timer);
    if (this.isStopping) return;
    this.timer = setTimeout(() => this.begin(), afterMs).unref();
  }

  private begin(): void {
    if (this.current || this.isStopping) return;
    this.beganAt = performance.now();
    this.isWanted = false;
    this.current = this.runOnce().then((pauseMs) => {
      this.current = undefined;
      this.schedule(this.isWanted ? this.waitApartMs() : this.shortened(pauseMs));
    });
  }

  private async runOnce(): Promise<number> {
    const { run, onFailure, everyMs, retryAfterMs, deadlineMs } = this.options;
    const ending = (this.ending = new AbortController());
    const timers = [
      setTimeout(() => ending.abort(), deadlineMs),
      setTimeout(() => onFailure(new DeadlineExceededError(lateMessage(deadlineMs))), deadlineMs + STEP_MAX_MS),
    ].map((timer) => timer.unref());
    try {
      const pauseMs = await run(ending.signal);
      if (typeof pauseMs === 'number') return pauseMs;
    } catch (error) {
      onFailure(error);
      if (retryAfterMs !== undefined) return retryAfterMs;
    } finally {
      timers.forEach(clearTimeout);
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

const lateMessage = (deadlineMs: number): string =>
  `A run goes on ${STEP_MAX_MS} ms after its deadline of ${deadlineMs} ms: a step of it has no bound. No other begins.`;
