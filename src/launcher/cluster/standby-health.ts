/** What the primary reports about one standby at one moment. */
export interface StandbyReading {
  /** Whether it is connected and follows the stream. */
  readonly streaming: boolean;
  /** Whether commits wait for it. */
  readonly synchronous: boolean;
  /** How far it has written the log, as a number of bytes. */
  readonly written: bigint;
}

/** A commit may wait this long for a standby before the standby counts as gone. */
export const STALL_MAX_MS = 2_000;
/** A standby that returns must keep up for this long. */
const STEADY_AFTER_MS = 1_000;

export type StandbyState = 'steady' | 'unsettled' | 'gone';

/**
 * Evaluates one standby by what commits wait for: how long some position of the primary's log takes until the standby
 * has written it. Neither an idle standby nor one that replays late on purpose is behind in that sense; one that is
 * frozen keeps its connection and is. Needs a reading every few hundred milliseconds.
 */
export class StandbyHealth {
  private awaited: { position: bigint; since: number } | null = null;
  private absentSince: number | null = null;
  private steadySince: number | null = null;
  private protectedUpTo: bigint | null = null;
  private isSynchronous = false;

  /** @param flushed the end of the primary's log on disk; @param now milliseconds of any clock that never goes back */
  observe(reading: StandbyReading | undefined, flushed: bigint, now: number): StandbyState {
    if (reading === undefined || !reading.streaming) return this.absent(now);
    this.absentSince = null;
    if (this.awaited !== null && reading.written >= this.awaited.position) this.awaited = null;
    if (this.awaited === null && flushed > reading.written) this.awaited = { position: flushed, since: now };
    this.observeProtection(reading, flushed);
    if (this.awaited !== null && now - this.awaited.since >= STALL_MAX_MS) return this.lost('gone');
    this.steadySince ??= now;
    return now - this.steadySince >= STEADY_AFTER_MS ? 'steady' : 'unsettled';
  }

  /**
   * True when everything that was acknowledged up to the last reading, and whatever is from then on, is on this
   * standby.
   */
  get holdsEverything(): boolean {
    return this.isSynchronous && this.protectedUpTo === 0n;
  }

  /** Commits no longer wait for it. */
  released(): void {
    this.isSynchronous = false;
    this.protectedUpTo = null;
  }

  /** The primary starts anew: what was awaited is no measure any more. */
  restarted(): void {
    this.awaited = null;
    this.absentSince = null;
    this.steadySince = null;
  }

  private absent(now: number): StandbyState {
    this.awaited = null;
    this.steadySince = null;
    this.absentSince ??= now;
    return now - this.absentSince >= STALL_MAX_MS ? 'gone' : 'unsettled';
  }

  private lost(state: StandbyState): StandbyState {
    this.steadySince = null;
    return state;
  }

  private observeProtection(reading: StandbyReading, flushed: bigint): void {
    if (!reading.synchronous) return this.released();
    // What was committed before commits waited must have arrived once, too.
    if (!this.isSynchronous) this.protectedUpTo = flushed;
    this.isSynchronous = true;
    if (this.protectedUpTo !== null && reading.written >= this.protectedUpTo) this.protectedUpTo = 0n;
  }
}
