import type { ItemChange } from './item-change.js';

/** Changes of one item that have not been published. */
export interface UnpublishedChanges {
  readonly itemId: string;
  readonly changes: readonly ItemChange[];
  /** A read of this version or an older one may lack them. */
  readonly publishedVersion: number;
}

interface PublishedItem {
  readonly publishedVersion: number;
  /** Transaction by change. */
  readonly transactions: Map<number, number>;
}

/**
 * What has been published of changes while older transactions ran. A run begins at the oldest transaction that was
 * running during the run before, so it meets some changes again; and a transaction that began early may commit late.
 */
export class PublishedInvalidations {
  private readonly items = new Map<string, PublishedItem>();

  /**
   * Publishes what has not been published.
   * @param deliver resolves to false when a subscriber may have missed something: the next run then publishes the same
   */
  async publish(
    changes: readonly ItemChange[],
    deliver: (unpublished: readonly UnpublishedChanges[]) => Promise<boolean>,
  ): Promise<boolean> {
    const unpublished = [...this.unpublishedOf(changes)].map(([itemId, ofItem]) => ({
      itemId,
      changes: ofItem,
      publishedVersion: this.publishedVersion(ofItem),
    }));
    if (!(await deliver(unpublished))) return false;
    for (const { changes: ofItem, publishedVersion } of unpublished) this.record(ofItem, publishedVersion);
    return true;
  }

  /** The changes that have not been published, by item. */
  unpublishedOf(changes: readonly ItemChange[]): Map<string, ItemChange[]> {
    const unpublished = new Map<string, ItemChange[]>();
    for (const change of changes) {
      if (this.items.get(change.itemId)?.transactions.has(change.id)) continue;
      const ofItem = unpublished.get(change.itemId);
      if (ofItem) ofItem.push(change);
      else unpublished.set(change.itemId, [change]);
    }
    return unpublished;
  }

  /**
   * The version under which these changes of one item are published: a read of this version or an older one may lack
   * them. A transaction that began early and commits late gets a newer version than the item's last one.
   */
  publishedVersion(changes: readonly ItemChange[]): number {
    return changes.reduce(
      (version, { transactionId, itemId }) =>
        Math.max(version, transactionId, (this.items.get(itemId)?.publishedVersion ?? -1) + 1),
      0,
    );
  }

  /** Records that changes of one item were published. */
  record(changes: readonly ItemChange[], publishedVersion: number): void {
    for (const { id, itemId, transactionId } of changes) {
      const transactions = this.items.get(itemId)?.transactions ?? new Map<number, number>();
      this.items.set(itemId, { publishedVersion, transactions: transactions.set(id, transactionId) });
    }
  }

  /**
   * Drops what the next run will not meet again; but not an item whose published version is newer than any transaction
   * so far: the transaction that gets this number must still be published under a newer version.
   * @param next the transaction at which the next run begins
   */
  dropBefore(next: number): void {
    for (const [itemId, { transactions, publishedVersion }] of this.items) {
      for (const [id, transactionId] of transactions) if (transactionId < next) transactions.delete(id);
      if (transactions.size === 0 && publishedVersion < next) this.items.delete(itemId);
    }
  }
}
