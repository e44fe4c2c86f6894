import type { ItemChange } from './item-change.js';

/** Changes of one item that nobody has been told. */
export interface News {
  readonly itemId: string;
  readonly changes: readonly ItemChange[];
  /** A reading of this version or an older one may lack them. */
  readonly publishedVersion: number;
}

/**
 * What has been told of changes while older transactions ran. A look begins where the oldest transaction ran that was
 * running at the last one, so it meets some changes again; and a transaction that began early may commit late.
 */
export class PublishedInvalidations {
  private readonly unsettled = new Map<string, { publishedVersion: number; told: Map<number, number> }>();

  /**
   * Passes on what has not been told.
   * @param deliver answers false when not everybody could be told: then the same is news the next time
   */
  async pass(changes: readonly ItemChange[], deliver: (news: readonly News[]) => Promise<boolean>): Promise<boolean> {
    const news = [...this.newsOf(changes)].map(([itemId, made]) => ({
      itemId,
      changes: made,
      publishedVersion: this.publishedVersion(made),
    }));
    if (!(await deliver(news))) return false;
    for (const { changes: made, publishedVersion } of news) this.note(made, publishedVersion);
    return true;
  }

  /** The changes that have not been told, by item. */
  newsOf(changes: readonly ItemChange[]): Map<string, ItemChange[]> {
    const news = new Map<string, ItemChange[]>();
    for (const change of changes) {
      if (this.unsettled.get(change.itemId)?.told.has(change.id)) continue;
      const ofItem = news.get(change.itemId);
      if (ofItem) ofItem.push(change);
      else news.set(change.itemId, [change]);
    }
    return news;
  }

  /**
   * What these changes of one item are told as: a reading of this version or an older one may lack them. A transaction
   * that began early and commits late is told as newer than what was told of the item before.
   */
  publishedVersion(changes: readonly ItemChange[]): number {
    return changes.reduce(
      (told, { transactionId, itemId }) =>
        Math.max(told, transactionId, (this.unsettled.get(itemId)?.publishedVersion ?? -1) + 1),
      0,
    );
  }

  /** Remembers that changes of one item were told. */
  note(changes: readonly ItemChange[], publishedVersion: number): void {
    for (const { id, itemId, transactionId } of changes) {
      const told = this.unsettled.get(itemId)?.told ?? new Map<number, number>();
      this.unsettled.set(itemId, { publishedVersion, told: told.set(id, transactionId) });
    }
  }

  /**
   * Forgets what the next look will not meet again; but not an item that was told as newer than any transaction there
   * was: the transaction that has this number must still be told as newer.
   * @param next the transaction at which the next look begins
   */
  settle(next: number): void {
    for (const [itemId, { told, publishedVersion }] of this.unsettled) {
      for (const [id, transactionId] of told) if (transactionId < next) told.delete(id);
      if (told.size === 0 && publishedVersion < next) this.unsettled.delete(itemId);
    }
  }
}
