import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { ItemChange } from '../domain/item-change.js';
import { READ_VERSION } from './read-version.js';

/** Where the next page of changes begins. */
export type ChangePosition = Pick<ItemChange, 'transactionId' | 'id'>;

interface Row {
  id: string | null;
  transaction_id: string;
  item_id: string;
  listing: boolean;
  oldest_running: string;
}

/** The invalidation log: which items have changed, in the order of the transactions that did it. */
@Injectable()
export class ItemChanges {
  constructor(@InjectDatabase('catalog') private readonly database: ContextDatabase) {}

  /**
   * One statement on the primary.
   * @returns the committed changes after a position, and the oldest transaction that still runs: a run that begins
   *   there next time misses nothing
   */
  async page(after: ChangePosition, limit: number): Promise<{ changes: ItemChange[]; oldestRunning: number }> {
    const rows: Row[] = await this.database.primary.query(
      `SELECT ${READ_VERSION} AS oldest_running, changes.*
         FROM (VALUES (true)) AS one (row)
         LEFT JOIN (
           SELECT id, transaction_id, item_id, listing FROM catalog.invalidation_log
            WHERE (transaction_id, id) > ($1::bigint, $2::bigint)
            ORDER BY transaction_id, id LIMIT $3) AS changes ON true`,
      [after.transactionId, after.id, limit],
    );
    const changes = rows
      .filter(({ id }) => id !== null)
      .map((row) => ({
        id: Number(row.id),
        transactionId: Number(row.transaction_id),
        itemId: row.item_id,
        listing: row.listing,
      }));
    return { changes, oldestRunning: Number(rows[0]?.oldest_running ?? 0) };
  }

  /** Removes what has been published. @returns how many, at most `limit` */
  async reap(before: number, limit: number): Promise<number> {
    const [, removed]: [unknown, number] = await this.database.primary.query(
      `DELETE FROM catalog.invalidation_log
        WHERE (transaction_id, id) IN (
          SELECT transaction_id, id FROM catalog.invalidation_log
           WHERE transaction_id < $1 ORDER BY transaction_id, id LIMIT $2)`,
      [before, limit],
    );
    return removed;
  }
}

/** The number of a running transaction, under which its changes are published. */
export async function transactionNumber(tx: Transaction): Promise<number> {
  const rows: { number: string }[] = await tx.query('SELECT pg_current_xact_id()::text AS number');
  return Number(rows[0]?.number ?? 0);
}
