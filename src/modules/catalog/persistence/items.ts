import { Injectable } from '@nestjs/common';
import type { Recency } from '../../../platform/cache/index.js';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { Item, ItemContent } from '../domain/item.js';
import { ITEM_COLUMNS, ITEMS_WITH_STOCK, toItem, type ItemRow } from './item-row.js';
import { toReading, withVersion } from './read-version.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SELECT_ITEMS = `SELECT ${ITEM_COLUMNS} FROM ${ITEMS_WITH_STOCK}`;
const SELECT_ITEMS_AND_REMOVED = `SELECT ${ITEM_COLUMNS}, i.deleted_at IS NOT NULL AS removed FROM ${ITEMS_WITH_STOCK}`;
const SELECT_ITEMS_WITH_POPULARITY = `SELECT ${ITEM_COLUMNS}, i.popularity FROM ${ITEMS_WITH_STOCK}`;
const SKU_INDEX = 'items_sku_live';

/** The items that live; a removed one is found by nobody. */
@Injectable()
export class Items {
  constructor(@InjectDatabase('catalog') private readonly database: ContextDatabase) {}

  /** One statement, on the replica unless it has to be the latest. */
  async find(idOrSlug: string, recency: Recency): Promise<{ item: Item | undefined; version: number }> {
    const column = UUID.test(idOrSlug) ? 'id' : 'slug';
    const { rows, version } = toReading<ItemRow>(
      await this.database.read(
        withVersion(`${SELECT_ITEMS} WHERE i.${column} = $1 AND i.deleted_at IS NULL`),
        [idOrSlug],
        recency,
      ),
    );
    return { item: rows[0] && toItem(rows[0]), version };
  }

  /** As the primary has them now, in one statement; of the removed ones the id and slug. */
  async findMany(
    ids: readonly string[],
  ): Promise<{ living: Item[]; removed: { id: string; slug: string }[]; version: number }> {
    const { rows, version } = toReading<ItemRow & { removed: boolean }>(
      await this.database.read(
        withVersion(`${SELECT_ITEMS_AND_REMOVED} WHERE i.id = ANY($1::uuid[])`),
        [ids],
        'latest',
      ),
    );
    return {
      living: rows.filter(({ removed }) => !removed).map(toItem),
      removed: rows.filter(({ removed }) => removed).map(({ id, slug }) => ({ id, slug })),
      version,
    };
  }

  /** The next most popular items after a position, for whoever goes through all of them. */
  async byPopularity(
    after: { popularity: number; id: string } | undefined,
    limit: number,
  ): Promise<{ items: Item[]; last: { popularity: number; id: string } | undefined; version: number }> {
    const { rows, version } = toReading<ItemRow & { popularity: number }>(
      await this.database.read(
        withVersion(
          `${SELECT_ITEMS_WITH_POPULARITY} WHERE i.deleted_at IS NULL AND ($1::integer IS NULL OR (i.popularity, i.id) < ($1::integer, $2::uuid)) ORDER BY i.popularity DESC, i.id DESC LIMIT $3`,
        ),
        [after?.popularity ?? null, after?.id ?? null, limit],
        'any',
      ),
    );
    return { items: rows.map(toItem), last: rows.at(-1), version };
  }

  /** The item as it is now, locked until the transaction ends; its stock only when that is about to be set. */
  async lock(tx: Transaction, id: string, { stockToo }: { stockToo: boolean }): Promise<Item | undefined> {
    const rows: ItemRow[] = await tx.query(
      `SELECT ${ITEM_COLUMNS} FROM catalog.items AS i JOIN catalog.stock AS s ON s.item_id = i.id
        WHERE i.id = $1 AND i.deleted_at IS NULL FOR UPDATE OF ${stockToo ? 'i, s' : 'i'}`,
      [id],
    );
    return rows[0] && toItem(rows[0]);
  }

  /** @returns undefined when the SKU is taken */
  async insert(
    tx: Transaction,
    { id, slug, quantity, content }: { id: string; slug: string; quantity: number; content: ItemContent },
  ): Promise<Item | undefined> {
    const { sku, title, description, brand, categories, images, priceMinor, currency } = content;
    const rows: ItemRow[] = await tx.query(
      `INSERT INTO catalog.items AS i (id, sku, slug, title, description, brand, categories, images, price_minor, currency)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (sku) WHERE deleted_at IS NULL DO NOTHING
       RETURNING i.id, i.sku, i.slug, i.title, i.description, i.brand, i.categories, i.images, i.price_minor, i.currency, i.version, i.updated_at, $11::integer AS quantity`,
      [id, sku, slug, title, description, brand, categories, images, priceMinor.toString(), currency, quantity],
    );
    if (!rows[0]) return undefined;
    await tx.query('INSERT INTO catalog.stock (item_id, quantity) VALUES ($1, $2)', [id, quantity]);
    return toItem(rows[0]);
  }

  /** Writes the content of a locked item and grows its version. @returns undefined when its new SKU is taken */
  async change(tx: Transaction, item: Item, content: ItemContent): Promise<Item | undefined> {
    const { sku, title, description, brand, categories, images, priceMinor, currency } = content;
    try {
      const [rows]: [ItemRow[], number] = await tx.query(
        `UPDATE catalog.items AS i SET sku = $2, title = $3, description = $4, brand = $5, categories = $6, images = $7, price_minor = $8, currency = $9,
           version = version + 1, updated_at = now() WHERE id = $1
         RETURNING i.id, i.sku, i.slug, i.title, i.description, i.brand, i.categories, i.images, i.price_minor, i.currency, i.version, i.updated_at, $10::integer AS quantity`,
        [item.id, sku, title, description, brand, categories, images, priceMinor.toString(), currency, item.quantity],
      );
      return rows[0] && toItem(rows[0]);
    } catch (error) {
      if ((error as { constraint?: string }).constraint === SKU_INDEX) return undefined;
      throw error;
    }
  }

  async setStock(tx: Transaction, id: string, quantity: number): Promise<void> {
    await tx.query('UPDATE catalog.stock SET quantity = $2 WHERE item_id = $1', [id, quantity]);
  }

  /** Leaves the row, which payments name. @returns its last version */
  async remove(tx: Transaction, id: string): Promise<number> {
    const [rows]: [{ version: number }[], number] = await tx.query(
      'UPDATE catalog.items SET deleted_at = now(), updated_at = now(), version = version + 1 WHERE id = $1 RETURNING version',
      [id],
    );
    return rows[0]?.version ?? 0;
  }
}
