import type { Change, InvalidationMessage } from './invalidation-message.js';

/**
 * Longer than any load lasts, and than an entry made of many parts is read from the shared layer after it was written.
 */
const RECENT_MS = 120_000;
const RECENT_MAX = 100_000;

interface RecentChange {
  readonly version: number;
  /** When this process received it (ms). */
  readonly at: number;
}

/**
 * Follows the invalidation messages in one process. As long as the publisher's messages come without a gap (one epoch),
 * an entry that no change touched is as true at each watermark as when it was read: it need not be loaded again. When
 * the messages stop, entries age by the clock as in any cache. Nothing here waits.
 */
export class InvalidationSubscriber {
  private publisherId = '';
  private number = 0;
  private currentEpoch = 0;
  private completeAt = 0;
  /** Changes by transactions before this one may have been missed. */
  private coveredFrom = Number.POSITIVE_INFINITY;
  /** After a gap within a run, the rest of it says nothing about what was lost. */
  private incomplete = true;
  private readonly recentChanges = new Map<string, RecentChange>();

  /** The unbroken sequence of messages; a gap begins another. */
  get epoch(): number {
    return this.currentEpoch;
  }

  /** The watermark: every change committed before this moment (ms) is known here. */
  get at(): number {
    return this.completeAt;
  }

  /** Receives a message. @param invalidate called for each change, before the watermark moves */
  receive(message: InvalidationMessage, now: number, invalidate: (...change: Change) => void): void {
    if (message.number > 0) this.follow(message);
    for (const [tag, version] of message.changes) {
      this.record(tag, version, now);
      invalidate(tag, version);
    }
    if (message.completeAt !== null && message.number > 0 && !this.incomplete)
      this.completeAt = Math.min(message.completeAt, now);
  }

  /** Whether a change of any of these tags was received after `since`: a replica may lack it. */
  changedAfter(tags: readonly string[], since: number): boolean {
    return tags.some((tag) => (this.recentChanges.get(tag)?.at ?? 0) > since);
  }

  /** When the last change was received that a read of this version may lack. */
  lastChange(tags: readonly string[], version: number): number | undefined {
    let at: number | undefined;
    for (const tag of tags) {
      const change = this.recentChanges.get(tag);
      if (change !== undefined && change.version >= version && change.at > (at ?? 0)) at = change.at;
    }
    return at;
  }

  /** Whether every change since a read of this version has been received here. */
  covers(version: number): boolean {
    return version >= this.coveredFrom;
  }

  private follow({ publisherId, number, first, from, next }: InvalidationMessage): void {
    const continues = publisherId === this.publisherId && number === this.number + 1;
    if (!continues) this.beginEpoch(first ? from : next, !first);
    else if (first) this.incomplete = false;
    this.publisherId = publisherId;
    this.number = number;
  }

  private beginEpoch(coveredFrom: number, incomplete: boolean): void {
    this.currentEpoch++;
    this.completeAt = 0;
    this.coveredFrom = coveredFrom;
    this.incomplete = incomplete;
  }

  private record(tag: string, version: number, now: number): void {
    // The publisher repeats a change until no older transaction runs; only the first time counts.
    if ((this.recentChanges.get(tag)?.version ?? -1) >= version) return;
    // Deleted first, so that the map stays in the order of time.
    this.recentChanges.delete(tag);
    this.recentChanges.set(tag, { version, at: now });
    for (const [oldest, { version: oldVersion, at }] of this.recentChanges) {
      if (this.recentChanges.size <= RECENT_MAX && now - at <= RECENT_MS) return;
      this.recentChanges.delete(oldest);
      this.coveredFrom = Math.max(this.coveredFrom, oldVersion + 1);
    }
  }
}
