import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { matchesItem, type Precondition } from './domain/item-tag.js';
import { Items } from './persistence/items.js';
import { noSuchItem, versionMismatch } from './staff/item-rules.js';
import { PublishItemChange } from './staff/publish-item-change.js';

/** Takes an item out of the catalog; its row stays for the payments that name it. */
@Injectable()
export class DeleteItem {
  constructor(
    @InjectDatabase('catalog') private readonly database: ContextDatabase,
    private readonly items: Items,
    private readonly idempotency: Idempotency,
    private readonly change: PublishItemChange,
  ) {}

  /** @throws Problem `not_found`, `version_mismatch` */
  async execute(itemId: string, basedOn: Precondition): Promise<void> {
    await this.database.transaction(async (tx) => {
      const item = await this.items.lock(tx, itemId, { stockToo: false });
      if (!item) throw noSuchItem();
      if (!matchesItem(basedOn, item, false)) throw versionMismatch(item.version);
      const version = await this.items.remove(tx, item);
      await this.change.publish(tx, { ...item, version }, { listing: true });
      await this.idempotency.answer(tx, undefined);
    });
  }
}
