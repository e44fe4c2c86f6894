import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Caches } from '../../../platform/cache/index.js';
import { afterCommit, type Transaction } from '../../../platform/database/index.js';
import { Outbox } from '../../../platform/outbox/index.js';
import { changesOfItem } from '../cache/catalog-caches.js';
import { itemChanged } from '../catalog.events.js';
import { transactionNumber } from '../persistence/item-changes.js';

/** Publishes that staff have changed an item: to other contexts by event, to the caches at once. */
@Injectable()
export class PublishItemChange {
  constructor(
    private readonly outbox: Outbox,
    private readonly caches: Caches,
  ) {}

  /**
   * In the transaction of the change; when it rolls back, nothing is published.
   * @param listing whether the content or order of lists may have changed
   */
  async publish(
    tx: Transaction,
    { id, slug, version }: { id: string; slug: string; version: number },
    { listing }: { listing: boolean },
  ): Promise<void> {
    await this.outbox.append(tx, itemChanged({ eventId: uuidv7(), occurredAt: new Date(), itemId: id, version }));
    const changes = changesOfItem({ names: [id, slug], version: await transactionNumber(tx), listing });
    // When the process dies before this, the publisher of the invalidation log publishes the same.
    afterCommit(tx, () => void this.caches.publish(changes));
  }
}
