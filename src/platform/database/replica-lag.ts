import type { WalPosition } from './wal-position.js';

interface Sample {
  readonly at: number;
  readonly lsn: bigint;
}

/** Half a minute at two samples a second: a longer lag needs no exact figure. */
const SAMPLES_MAX = 64;

/**
 * When the primary's log reached which position, so that a replica's position gives its lag in time. Measured so, an
 * idle replica has no lag, which the time of the last replayed commit cannot show; and while the primary is gone, no
 * replica falls behind.
 */
export class PrimaryHistory {
  private samples: Sample[] = [];
  private onTimeline = 0;

  /** The timeline of the newest sample; 0 before there is one. */
  get timeline(): number {
    return this.onTimeline;
  }

  /**
   * Adds a sample of the primary's position.
   * @param at when the primary was asked, so that a slow answer never makes a lag look smaller than it is
   */
  add({ timeline, lsn }: WalPosition, at: number): void {
    if (timeline < this.onTimeline) return;
    // Positions of an earlier timeline cannot be compared after a promotion.
    if (timeline > this.onTimeline) this.samples = [];
    this.onTimeline = timeline;
    const last = this.samples.at(-1);
    // Only the first time at a position counts.
    if (last && last.lsn >= lsn) return;
    this.samples.push({ at, lsn });
    if (this.samples.length > SAMPLES_MAX) this.samples.shift();
  }

  /**
   * How long ago the primary was first seen beyond the position.
   * @param sinceCommitMs the age of the last commit that the replica has: the only measure for what happened before the
   *   first sample
   * @returns milliseconds; 0 when the replica has everything that is known of
   */
  behindMs(replayed: bigint, now: number, sinceCommitMs = 0): number {
    const index = this.samples.findIndex(({ lsn }) => lsn > replayed);
    const missing = this.samples[index];
    if (!missing) return 0;
    const seenMs = Math.max(0, now - missing.at);
    return index === 0 ? Math.max(seenMs, sinceCommitMs) : seenMs;
  }
}
