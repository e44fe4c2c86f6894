import { Injectable } from '@nestjs/common';
import { RepeatingTask, RunsInWorker, type BackgroundTask } from '../../../platform/background/index.js';
import { Caches, type Change } from '../../../platform/cache/index.js';
import { logger } from '../../../platform/observability/index.js';
import { changesOfItem } from './catalog-caches.js';
import type { ItemChange } from '../domain/item-change.js';
import type { Item } from '../domain/item.js';
import { PublishedInvalidations, type News } from '../domain/published-invalidations.js';
import { ItemChanges, type ChangePosition } from '../persistence/item-changes.js';
import { Items } from '../persistence/items.js';
import { SharedItems } from './shared-items.js';

/** Two looks a second for the whole fleet keep everything that did not change younger than half a second. */
const LOOK_EVERY_MS = 400;
/** However many writes staff make, the database is not looked at more often. */
const LOOKS_APART_MIN_MS = 150;
const RETRY_AFTER_FAILURE_MS = 1_000;
const PAGE_SIZE = 500;
/** Two and a half million changes; what is left then is told by the next look. */
const PAGES_A_LOOK_MAX = 5_000;
const REAP_EVERY_MS = 60_000;
const REAP_BATCH = 5_000;
const REAP_BATCHES_MAX = 200;
const LAST_ID = Number.MAX_SAFE_INTEGER;

/**
 * Looks at which items have changed, puts their new state into the shared layer and then tells every process: so what
 * was not told is known to be true, and entries need not be read again because time has passed (ADR 022). One process
 * of the fleet does this; while none does, entries grow old by the clock.
 */
@RunsInWorker()
@Injectable()
export class PublishInvalidations implements BackgroundTask {
  private readonly task = new RepeatingTask({
    everyMs: LOOK_EVERY_MS,
    startsAtOnce: true,
    apartMinMs: LOOKS_APART_MIN_MS,
    run: async () => {
      await this.run();
      return LOOK_EVERY_MS;
    },
    retryAfterMs: RETRY_AFTER_FAILURE_MS,
    onFailure: (error) =>
      logger.warn({ error }, 'The changes of items could not be read; entries grow old by the clock meanwhile.'),
  });
  private reapedAt = 0;
  private readonly told = new PublishedInvalidations();

  constructor(
    private readonly caches: Caches,
    private readonly changes: ItemChanges,
    private readonly items: Items,
    private readonly shared: SharedItems,
  ) {}

  start(): void {
    // Staff have changed something: their readers should find it in the shared layer.
    this.caches.onPublishNow(() => this.task.runSooner());
    void this.task.start();
  }

  async stop(): Promise<void> {
    await this.task.stop();
    await this.caches.publisher.release();
  }

  private async run(): Promise<void> {
    const position = await this.caches.publisher.beginRun();
    if (position === undefined) return;
    if (position === null) await this.beginAnew();
    else await this.look(position);
  }

  /** Nobody has followed before: what stands in the shared layer may have changed since it was written. */
  private async beginAnew(): Promise<void> {
    const completeAt = Date.now();
    const { oldestRunning } = await this.changes.page({ transactionId: LAST_ID, id: 0 }, 1);
    await this.caches.clear();
    const told = await this.caches.publisher.publish({
      from: oldestRunning,
      next: oldestRunning,
      changes: [],
      first: true,
      startsOver: true,
      completeAt,
    });
    if (told) logger.info({ from: oldestRunning }, 'This process follows the changes of items from now on.');
  }

  private async look(from: number): Promise<void> {
    const completeAt = Date.now();
    let after: ChangePosition = { transactionId: from - 1, id: LAST_ID };
    let next = from;
    for (let page = 0; page < PAGES_A_LOOK_MAX; page++) {
      const { changes, oldestRunning } = await this.changes.page(after, PAGE_SIZE);
      if (page === 0) next = oldestRunning;
      const last = changes.length < PAGE_SIZE;
      const told = await this.tell(changes, { from, next, first: page === 0, completeAt: last ? completeAt : null });
      if (!told) return;
      if (last) break;
      after = changes.at(-1) ?? after;
      // A long look must not lose the lead to somebody who begins the same.
      if ((await this.caches.publisher.beginRun()) === undefined) return;
    }
    this.told.settle(next);
    if (Date.now() - this.reapedAt > REAP_EVERY_MS) await this.reap(from);
  }

  /** First the shared layer, then the processes: an entry that is read after the telling is the new one. */
  private async tell(
    changes: readonly ItemChange[],
    look: { from: number; next: number; first: boolean; completeAt: number | null },
  ): Promise<boolean> {
    return this.told.pass(changes, async (news) => {
      const announced = await this.share(news);
      return announced !== undefined && this.caches.publisher.publish({ ...look, changes: announced });
    });
  }

  /** @returns what is to be announced; undefined when the shared layer did not take all of it */
  private async share(news: readonly News[]): Promise<Change[] | undefined> {
    if (news.length === 0) return [];
    const byItem = new Map(news.map((ofItem) => [ofItem.itemId, ofItem]));
    const asOf = Date.now();
    const read = await this.items.findMany([...byItem.keys()]);
    const items = itemsRead(read).map(({ id, ...rest }) => ({
      ...rest,
      changes: byItem.get(id)?.changes ?? [],
      publishedVersion: byItem.get(id)?.publishedVersion ?? 0,
    }));
    // What was just read holds the changes although older transactions may still run: it is newer than they are told.
    const shared = await this.shared.put(
      items.map(({ names, item, publishedVersion }) => ({
        names,
        item,
        version: Math.max(read.version, publishedVersion + 1),
      })),
      asOf,
    );
    return shared
      ? items.flatMap(({ names, changes, publishedVersion }) =>
          changesOfItem({ names, version: publishedVersion, listing: changes.some(({ listing }) => listing) }),
        )
      : undefined;
  }

  private async reap(before: number): Promise<void> {
    this.reapedAt = Date.now();
    for (let batch = 0; batch < REAP_BATCHES_MAX && (await this.changes.reap(before, REAP_BATCH)); batch++);
  }
}

/** A removed item leaves its slug to one that was added after it. */
function itemsRead({
  living,
  removed,
}: {
  living: readonly Item[];
  removed: readonly { id: string; slug: string }[];
}): { id: string; names: string[]; item: Item | undefined }[] {
  const taken = new Set(living.map(({ slug }) => slug));
  return [
    ...removed.map(({ id, slug }) => ({ id, names: taken.has(slug) ? [id] : [id, slug], item: undefined })),
    ...living.map((item) => ({ id: item.id, names: [item.id, item.slug], item })),
  ];
}
