import type { WalPosition } from './wal-position.js';

interface Sample {
  readonly at: number;
  readonly lsn: bigint;
}

/** At two samples a second, half a minute: further back nobody has to know how far. */
const SAMPLES_MAX = 64;

/**
 * Where the primary was when, so that a replica's position tells how far it is behind in time. Asked that way an idle
 * replica is not behind, which the time of the last replayed commit cannot tell; and with the primary gone, when nothing
 * new can have happened, nobody falls behind.
 */
export class PrimaryHistory {
  private samples: Sample[] = [];
  private onTimeline = 0;

  /** The timeline of the newest sample; 0 before there is one. */
  get timeline(): number {
    return this.onTimeline;
  }

  /**
   * Takes in where the primary was.
   * @param at when it was asked, so that a slow answer never makes a replica look better than it is
   */
  add({ timeline, lsn }: WalPosition, at: number): void {
    if (timeline < this.onTimeline) return;
    // After a promotion the positions of before say nothing.
    if (timeline > this.onTimeline) this.samples = [];
    this.onTimeline = timeline;
    const last = this.samples.at(-1);
    // Only when the primary got there counts, not that it is still there.
    if (last && last.lsn >= lsn) return;
    this.samples.push({ at, lsn });
    if (this.samples.length > SAMPLES_MAX) this.samples.shift();
  }

  /**
   * How long ago the primary was first seen beyond the position.
   * @param sinceCommitMs how old the last commit is that the replica has: all there is to go by for what happened before
   *   anybody looked
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
