import { Injectable } from '@nestjs/common';
import { inBatches, RepeatingTask, RunsInWorker, type BackgroundTask } from '../../../platform/background/index.js';
import { Caches, type Change } from '../../../platform/cache/index.js';
import { logger } from '../../../platform/observability/index.js';
import type { ItemChange } from '../domain/item-change.js';
import type { Item } from '../domain/item.js';
import { PublishedInvalidations, type UnpublishedChanges } from '../domain/published-invalidations.js';
import { ItemChanges, type ChangePosition } from '../persistence/item-changes.js';
import { Items, type ItemsRead } from '../persistence/items.js';
import { changesOfItem } from './catalog-caches.js';
import { SharedItems } from './shared-items.js';

/** Two runs a second for the whole fleet keep everything that did not change younger than half a second. */
const RUN_EVERY_MS = 400;
/** However many writes staff make, the invalidation log is not read more often. */
const RUNS_APART_MIN_MS = 150;
const RETRY_AFTER_FAILURE_MS = 1_000;
/** A long backlog is published page by page; what is left when a run has to end begins the next one. */
const DEADLINE_MS = 60_000;
const PAGE_SIZE = 500;
/** Two and a half million changes; the next run publishes the rest. */
const PAGES_A_RUN_MAX = 5_000;
const REAP_EVERY_MS = 60_000;
const REAP_BATCH = 5_000;
const REAP_BATCHES_MAX = 200;
const LAST_ID = Number.MAX_SAFE_INTEGER;

/**
 * Reads which items have changed, puts their new state into the shared layer and then publishes the invalidations: so
 * an entry that no message named is true, and need not be read again because time has passed (ADR 022). One process of
 * the fleet does this; while none does, entries expire by their age.
 */
@RunsInWorker()
@Injectable()
export class PublishInvalidations implements BackgroundTask {
  private readonly task = new RepeatingTask({
    everyMs: RUN_EVERY_MS,
    startsAtOnce: true,
    apartMinMs: RUNS_APART_MIN_MS,
    deadlineMs: DEADLINE_MS,
    run: async (signal) => {
      await this.run(signal);
      return RUN_EVERY_MS;
    },
    retryAfterMs: RETRY_AFTER_FAILURE_MS,
    onFailure: (error) =>
      logger.warn({ error }, 'The invalidation log could not be read; entries expire by their age meanwhile.'),
  });
  private reapedAt = 0;
  private readonly published = new PublishedInvalidations();

  constructor(
    private readonly caches: Caches,
    private readonly changes: ItemChanges,
    private readonly items: Items,
    private readonly shared: SharedItems,
  ) {}

  start(): void {
    // Staff have changed something: the next run puts it into the shared layer.
    this.caches.onPublishNow(() => this.task.runSooner());
    void this.task.start();
  }

  async stop(): Promise<void> {
    await this.task.stop();
    await this.caches.publisher.release();
  }

  private async run(signal: AbortSignal): Promise<void> {
    const position = await this.caches.publisher.beginRun();
    if (position === undefined) return;
    if (position === null) await this.startOver();
    else await this.publishSince(position, signal);
  }

  /** No run has ended before: what the shared layer holds may have changed since it was written. */
  private async startOver(): Promise<void> {
    const completeAt = Date.now();
    const { oldestRunning } = await this.changes.page({ transactionId: LAST_ID, id: 0 }, 1);
    await this.caches.clear();
    const isPublished = await this.caches.publisher.publish({
      from: oldestRunning,
      next: oldestRunning,
      changes: [],
      first: true,
      startsOver: true,
      completeAt,
    });
    if (isPublished) logger.info({ from: oldestRunning }, 'This process publishes invalidations from now on.');
  }

  private async publishSince(from: number, signal: AbortSignal): Promise<void> {
    const completeAt = Date.now();
    let after: ChangePosition = { transactionId: from - 1, id: LAST_ID };
    let next = from;
    for (let page = 0; page < PAGES_A_RUN_MAX; page++) {
      const { changes, oldestRunning } = await this.changes.page(after, PAGE_SIZE);
      if (page === 0) next = oldestRunning;
      const isLast = changes.length < PAGE_SIZE;
      const part = { from, next, first: page === 0, completeAt: isLast ? completeAt : null };
      if (!(await this.publishPart(changes, part))) return;
      if (isLast) break;
      after = changes.at(-1) ?? after;
      // The next run begins where this one did; what is published already is not published again.
      if (signal.aborted) return;
      // Renews the lease: a long run must not lose it to another process, which would begin the same run.
      if ((await this.caches.publisher.beginRun()) === undefined) return;
    }
    this.published.dropBefore(next);
    if (Date.now() - this.reapedAt > REAP_EVERY_MS) await this.reap(from, signal);
  }

  /** First the shared layer, then the message: an entry that is read after the message is the new one. */
  private async publishPart(
    changes: readonly ItemChange[],
    part: { from: number; next: number; first: boolean; completeAt: number | null },
  ): Promise<boolean> {
    return this.published.publish(changes, async (unpublished) => {
      const shared = await this.share(unpublished);
      return shared !== undefined && this.caches.publisher.publish({ ...part, changes: shared });
    });
  }

  /** @returns what is to be published; undefined when the shared layer did not take all of it */
  private async share(unpublished: readonly UnpublishedChanges[]): Promise<Change[] | undefined> {
    if (unpublished.length === 0) return [];
    const byItem = new Map(unpublished.map((ofItem) => [ofItem.itemId, ofItem]));
    const asOf = Date.now();
    const read = await this.items.findMany([...byItem.keys()]);
    const items = namedItems(read).map(({ id, ...rest }) => ({
      ...rest,
      changes: byItem.get(id)?.changes ?? [],
      publishedVersion: byItem.get(id)?.publishedVersion ?? 0,
    }));
    const isShared = await this.shared.put(
      items.map(({ names, item, publishedVersion }) => ({
        names,
        item,
        // Older transactions may still run, but this read holds the changes: it is newer than their published version.
        version: Math.max(read.version, publishedVersion + 1),
      })),
      asOf,
    );
    if (!isShared) return undefined;
    return items.flatMap(({ names, changes, publishedVersion }) =>
      changesOfItem({ names, version: publishedVersion, listing: changes.some(({ listing }) => listing) }),
    );
  }

  private async reap(before: number, signal: AbortSignal): Promise<void> {
    this.reapedAt = Date.now();
    const bounds = { batchMax: REAP_BATCH, batchesMax: REAP_BATCHES_MAX, signal };
    await inBatches(() => this.changes.reap(before, REAP_BATCH), bounds);
  }
}

interface NamedItem {
  readonly id: string;
  readonly names: string[];
  /** Undefined when it was removed. */
  readonly item: Item | undefined;
}

/** A removed item leaves its slug to one that was added after it. */
function namedItems({ items, removed }: ItemsRead): NamedItem[] {
  const slugs = new Set(items.map(({ slug }) => slug));
  return [
    ...removed.map(({ id, slug }) => ({ id, names: slugs.has(slug) ? [id] : [id, slug], item: undefined })),
    ...items.map((item) => ({ id: item.id, names: [item.id, item.slug], item })),
  ];
}
