import type { InvalidationMessage, Change } from './invalidation-message.js';
import { FOLLOWED_WITHIN_MS, REPLICA_LAG_MAX_MS } from './cache-bounds.js';
import type { CacheEntry } from './cache-entry.js';
import type { CachePolicy, Recency } from './cache-policy.js';
import type { Watermark } from './freshness.js';

/** Longer than any load lasts, and than an entry made of many parts is read from the shared layer after it was written. */
const REMEMBERED_MS = 120_000;
const REMEMBERED_MAX = 100_000;

interface Remembered {
  readonly version: number;
  readonly at: number;
}

/**
 * What this process knows of changes. As long as the leader's messages come without a gap, an entry that no change
 * touched is as true at each watermark as on the day it was read: it need not be read again. When they stop, entries
 * grow old by the clock as in any cache. Nothing here waits for anybody.
 */
export class InvalidationSubscriber implements Watermark {
  private leader = '';
  private number = 0;
  private run = 0;
  private completeAt = 0;
  /** Changes by transactions before this one may have been missed. */
  private coveredFrom = Number.POSITIVE_INFINITY;
  /** After a gap within a look, the rest of it says nothing about what was lost. */
  private incomplete = true;
  private readonly remembered = new Map<string, Remembered>();

  get epoch(): number {
    return this.run;
  }

  get at(): number {
    return this.completeAt;
  }

  /** Takes a message in. @param invalidate called for each change, before what is left counts as true until now */
  receive(announcement: InvalidationMessage, now: number, invalidate: (...change: Change) => void): void {
    if (announcement.number > 0) this.follow(announcement);
    for (const [tag, version] of announcement.changes) {
      this.remember(tag, version, now);
      invalidate(tag, version);
    }
    if (announcement.completeAt !== null && announcement.number > 0 && !this.incomplete)
      this.completeAt = Math.min(announcement.completeAt, now);
  }

  /** Whether a change of any of these became known after `since`: a replica may not have it yet. */
  changedAfter(tags: readonly string[], since: number): boolean {
    return tags.some((tag) => (this.remembered.get(tag)?.at ?? 0) > since);
  }

  /** What a load of something with these tags has to see. */
  recencyOf(tags: readonly string[], policy: CachePolicy, asOf: number): Recency {
    if (this.changedAfter(tags, asOf - REPLICA_LAG_MAX_MS)) return 'latest';
    return policy.follows === 'in-place' && asOf - this.at < FOLLOWED_WITHIN_MS ? 'any' : 'close';
  }

  /** When the last change became known that a reading of this version may lack. */
  lastChange(tags: readonly string[], version: number): number | undefined {
    let at: number | undefined;
    for (const tag of tags) {
      const known = this.remembered.get(tag);
      if (known !== undefined && known.version >= version && known.at > (at ?? 0)) at = known.at;
    }
    return at;
  }

  /** Whether every change since this reading has been announced here. */
  covers(version: number): boolean {
    return version >= this.coveredFrom;
  }

  /** Lets the entry follow the announcements from now on. */
  adopt(entry: CacheEntry): void {
    entry.epoch = this.run;
  }

  private follow({ leader, number, first, from, next }: InvalidationMessage): void {
    const continues = leader === this.leader && number === this.number + 1;
    if (!continues) this.breakOff(first ? from : next, !first);
    else if (first) this.incomplete = false;
    this.leader = leader;
    this.number = number;
  }

  private breakOff(coveredFrom: number, incomplete: boolean): void {
    this.run++;
    this.completeAt = 0;
    this.coveredFrom = coveredFrom;
    this.incomplete = incomplete;
  }

  private remember(tag: string, version: number, now: number): void {
    // The leader repeats a change until nothing older runs; only the first time is news.
    if ((this.remembered.get(tag)?.version ?? -1) >= version) return;
    // Taken out first, so that the map stays in the order of time.
    this.remembered.delete(tag);
    this.remembered.set(tag, { version, at: now });
    for (const [oldest, { version: oldVersion, at }] of this.remembered) {
      if (this.remembered.size <= REMEMBERED_MAX && now - at <= REMEMBERED_MS) return;
      this.remembered.delete(oldest);
      this.coveredFrom = Math.max(this.coveredFrom, oldVersion + 1);
    }
  }
}
