import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Caches } from '../../../platform/cache/index.js';
import { afterCommit, type Transaction } from '../../../platform/database/index.js';
import { Outbox } from '../../../platform/outbox/index.js';
import { changesOfItem } from '../cache/catalog-caches.js';
import { itemChanged } from '../catalog.events.js';
import { transactionNumber } from '../persistence/item-changes.js';

/** Tells the world that staff have changed an item: other contexts by event, the caches at once. */
@Injectable()
export class PublishItemChange {
  constructor(
    private readonly outbox: Outbox,
    private readonly caches: Caches,
  ) {}

  /**
   * In the transaction of the change; should it roll back, nothing is told.
   * @param listing whether lists may look different now
   */
  async publish(
    tx: Transaction,
    { id, slug, version }: { id: string; slug: string; version: number },
    { listing }: { listing: boolean },
  ): Promise<void> {
    await this.outbox.append(tx, itemChanged({ eventId: uuidv7(), occurredAt: new Date(), itemId: id, version }));
    const changes = changesOfItem({ names: [id, slug], version: await transactionNumber(tx), listing });
    // A process that dies before it tells is no loss: whoever follows the changes tells them again.
    afterCommit(tx, () => void this.caches.publish(changes));
  }
}
