import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import type { Recency } from '../../../platform/cache/index.js';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { Item, ItemContent } from '../domain/item.js';
import { ITEM_COLUMNS, ITEMS_WITH_STOCK, toItem, type ItemRow } from './item-row.js';
import { ItemEntity } from './item.entity.js';
import { toVersionedRows, withVersion } from './read-version.js';
import { StockEntity } from './stock.entity.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SELECT_ITEMS = `SELECT ${ITEM_COLUMNS} FROM ${ITEMS_WITH_STOCK}`;
const SELECT_ITEMS_AND_REMOVED = `SELECT ${ITEM_COLUMNS}, i.deleted_at IS NOT NULL AS removed FROM ${ITEMS_WITH_STOCK}`;
const SELECT_ITEMS_WITH_POPULARITY = `SELECT ${ITEM_COLUMNS}, i.popularity FROM ${ITEMS_WITH_STOCK}`;
const SKU_INDEX = 'items_sku_live';

/** Items as one statement read them; of the removed ones the id and slug. */
export interface ItemsRead {
  readonly items: readonly Item[];
  readonly removed: readonly { readonly id: string; readonly slug: string }[];
  readonly version: number;
}

/** The items; a removed one is not found, unless a method says so. */
@Injectable()
export class Items {
  constructor(@InjectDatabase('catalog') private readonly database: ContextDatabase) {}

  /** One statement, on the replica unless it has to be the latest. */
  async find(idOrSlug: string, recency: Recency): Promise<{ item: Item | undefined; version: number }> {
    const column = UUID.test(idOrSlug) ? 'id' : 'slug';
    const { rows, version } = toVersionedRows<ItemRow>(
      await this.database.read(
        withVersion(`${SELECT_ITEMS} WHERE i.${column} = $1 AND i.deleted_at IS NULL`),
        [idOrSlug],
        recency,
      ),
    );
    return { item: rows[0] && toItem(rows[0]), version };
  }

  /** As the primary has them now, in one statement, the removed ones too. */
  async findMany(ids: readonly string[]): Promise<ItemsRead> {
    const { rows, version } = toVersionedRows<ItemRow & { removed: boolean }>(
      await this.database.read(
        withVersion(`${SELECT_ITEMS_AND_REMOVED} WHERE i.id = ANY($1::uuid[])`),
        [ids],
        'latest',
      ),
    );
    return {
      items: rows.filter(({ removed }) => !removed).map(toItem),
      removed: rows.filter(({ removed }) => removed).map(({ id, slug }) => ({ id, slug })),
      version,
    };
  }

  /** The next most popular items after a position, to read all of them in batches. */
  async byPopularity(
    after: { popularity: number; id: string } | undefined,
    limit: number,
  ): Promise<{ items: Item[]; last: { popularity: number; id: string } | undefined; version: number }> {
    const { rows, version } = toVersionedRows<ItemRow & { popularity: number }>(
      await this.database.read(
        withVersion(
          `${SELECT_ITEMS_WITH_POPULARITY}
            WHERE i.deleted_at IS NULL
              AND ($1::integer IS NULL OR (i.popularity, i.id) < ($1::integer, $2::uuid))
            ORDER BY i.popularity DESC, i.id DESC LIMIT $3`,
        ),
        [after?.popularity ?? null, after?.id ?? null, limit],
        'any',
      ),
    );
    return { items: rows.map(toItem), last: rows.at(-1), version };
  }

  /** The item as it is now, locked until the transaction ends; its stock only when that is about to be set. */
  async lock(tx: Transaction, id: string, { stockToo }: { stockToo: boolean }): Promise<Item | undefined> {
    const lock = { mode: 'pessimistic_write' } as const;
    const item = await tx.findOne(ItemEntity, { where: { id, deletedAt: IsNull() }, lock });
    if (!item) return undefined;
    const stock = await tx.findOne(StockEntity, { where: { itemId: id }, ...(stockToo ? { lock } : {}) });
    return toItemOf(item, stock?.quantity ?? 0);
  }

  /** @returns undefined when the SKU is taken */
  async insert(
    tx: Transaction,
    { id, slug, quantity, content }: { id: string; slug: string; quantity: number; content: ItemContent },
  ): Promise<Item | undefined> {
    const item = tx.create(ItemEntity, { id, slug, ...columnsOf(content) });
    const inserted = await tx.createQueryBuilder().insert().into(ItemEntity).values(item).orIgnore().execute();
    const rows = inserted.raw as unknown[];
    if (rows.length === 0) return undefined;
    await tx.insert(StockEntity, { itemId: id, quantity });
    return toItemOf(item, quantity);
  }

  /** Writes the content of a locked item and increments its version. @returns undefined when its new SKU is taken */
  async change(tx: Transaction, item: Item, content: ItemContent): Promise<Item | undefined> {
    try {
      await tx.update(ItemEntity, { id: item.id }, columnsOf(content));
    } catch (error) {
      if ((error as { constraint?: string }).constraint === SKU_INDEX) return undefined;
      throw error;
    }
    return toItemOf(await tx.findOneByOrFail(ItemEntity, { id: item.id }), item.quantity);
  }

  async setStock(tx: Transaction, id: string, quantity: number): Promise<void> {
    await tx.update(StockEntity, { itemId: id }, { quantity });
  }

  /** Marks a locked item as deleted; its row stays, which payments name. @returns its last version */
  async remove(tx: Transaction, { id, version }: Item): Promise<number> {
    await tx.update(ItemEntity, { id }, { deletedAt: () => 'now()' });
    return version + 1;
  }
}

function columnsOf(content: ItemContent): Pick<ItemEntity, keyof ItemContent> {
  const { sku, title, description, brand, categories, images, priceMinor, currency } = content;
  const lists = { categories: [...categories], images: [...images] };
  return { sku, title, description, brand, ...lists, priceMinor: priceMinor.toString(), currency };
}

function toItemOf(entity: ItemEntity, quantity: number): Item {
  const { id, sku, slug, title, description, brand, categories, images, currency, version, updatedAt } = entity;
  const content = {
    sku,
    title,
    description,
    brand,
    categories,
    images,
    priceMinor: BigInt(entity.priceMinor),
    currency,
  };
  return { id, slug, ...content, quantity, version, updatedAt };
}
