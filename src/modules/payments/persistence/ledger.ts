import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { LedgerAccount, LedgerEntry, PostedTransaction } from '../domain/ledger.js';
import type { PostedCash } from '../domain/reconciliation.js';
import type { AccountBalance } from '../domain/trial-balance.js';

/** The append-only ledger; the database refuses a transaction that does not balance (ADR 004). */
@Injectable()
export class Ledger {
  constructor(@InjectDatabase('payments') private readonly database: ContextDatabase) {}

  /** @param id the event's id: an event is posted once */
  async post(
    tx: Transaction,
    { id, kind, paymentId, occurredAt }: { id: string; kind: string; paymentId: string; occurredAt: Date },
    entries: readonly LedgerEntry[],
  ): Promise<void> {
    const rows = entries.map((entry, index) => ({
      entry_number: index + 1,
      account: entry.account,
      currency: entry.currency,
      amount_minor: String(entry.amountMinor),
    }));
    await tx.query(
      `WITH posted AS (
         INSERT INTO payments.ledger_transactions (id, kind, payment_id, occurred_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING RETURNING id
       )
       INSERT INTO payments.ledger_entries (transaction_id, entry_number, account, currency, amount_minor)
       SELECT posted.id, entry.entry_number, entry.account, entry.currency, entry.amount_minor
       FROM posted, jsonb_to_recordset($5::jsonb)
         AS entry(entry_number integer, account text, currency text, amount_minor numeric)`,
      [id, kind, paymentId, occurredAt, JSON.stringify(rows)],
    );
  }

  /** The cash balance of each of these payments; one that was never posted is left out. */
  async cashOf(paymentIds: readonly string[]): Promise<PostedCash[]> {
    const rows = await this.database.read<{ payment_id: string; currency: string; cash: string }>(
      `SELECT posted.payment_id, entry.currency, sum(entry.amount_minor)::text AS cash
       FROM payments.ledger_transactions posted
       JOIN payments.ledger_entries entry ON entry.transaction_id = posted.id
       WHERE posted.payment_id = ANY($1::uuid[]) AND entry.account = 'cash' GROUP BY 1, 2`,
      [paymentIds],
      'own-writes',
    );
    return rows.map((row) => ({ paymentId: row.payment_id, currency: row.currency, cashMinor: BigInt(row.cash) }));
  }

  /** Payments that were captured in a period, its end excluded, at most `max`. */
  async capturedBetween(from: Date, to: Date, max: number): Promise<string[]> {
    const rows = await this.database.read<{ payment_id: string }>(
      `SELECT payment_id FROM payments.ledger_transactions
        WHERE kind = 'capture' AND occurred_at >= $1 AND occurred_at < $2 ORDER BY occurred_at LIMIT $3`,
      [from, to, max],
      'own-writes',
    );
    return rows.map((row) => row.payment_id);
  }

  /** Every transaction of one payment, in the order of its events. */
  async ofPayment(paymentId: string): Promise<PostedTransaction[]> {
    const rows = await this.database.read<{
      id: string;
      kind: string;
      occurred_at: Date;
      posted_at: Date;
      entries: { account: LedgerAccount; currency: string; amount_minor: string }[];
    }>(
      `SELECT posted.id, posted.kind, posted.occurred_at, posted.posted_at,
         json_agg(json_build_object(
           'account', entry.account, 'currency', entry.currency, 'amount_minor', entry.amount_minor::text
         ) ORDER BY entry.entry_number) AS entries
       FROM payments.ledger_transactions posted JOIN payments.ledger_entries entry ON entry.transaction_id = posted.id
       WHERE posted.payment_id = $1 GROUP BY posted.id ORDER BY posted.occurred_at, posted.id`,
      [paymentId],
      'own-writes',
    );
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      occurredAt: row.occurred_at,
      postedAt: row.posted_at,
      entries: row.entries.map(({ account, currency, amount_minor: minor }) => ({
        account,
        currency,
        amountMinor: BigInt(minor),
      })),
    }));
  }

  /** Debits and credits of every account, in one consistent read. */
  async balances(): Promise<AccountBalance[]> {
    const rows = await this.database.read<{ account: LedgerAccount; currency: string; debit: string; credit: string }>(
      `SELECT account, currency,
         COALESCE(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::text AS debit,
         COALESCE(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::text AS credit
       FROM payments.ledger_entries GROUP BY account, currency ORDER BY currency, account`,
      [],
      'close',
    );
    return rows.map((row) => ({
      account: row.account,
      currency: row.currency,
      debitMinor: BigInt(row.debit),
      creditMinor: BigInt(row.credit),
    }));
  }
}
