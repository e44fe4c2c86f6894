import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import type { LedgerAccount, LedgerEntry } from '../domain/ledger.js';

/** What stands on an account in one currency. */
export interface Balance {
  readonly account: LedgerAccount;
  readonly currency: string;
  readonly debitMinor: bigint;
  readonly creditMinor: bigint;
}

/** The append-only ledger; the database refuses a transaction that does not balance (ADR 004). */
@Injectable()
export class Ledger {
  constructor(@InjectDatabase('payments') private readonly database: ContextDatabase) {}

  /** @param id the event's id: a fact is posted under it once */
  async post(tx: Transaction, { id, kind, paymentId, occurredAt }: { id: string; kind: string; paymentId: string; occurredAt: Date }, entries: readonly LedgerEntry[]): Promise<void> {
    const rows = entries.map((entry, index) => ({ entry_number: index + 1, account: entry.account, currency: entry.currency, amount_minor: String(entry.amountMinor) }));
    await tx.query(
      `WITH posted AS (
         INSERT INTO payments.ledger_transactions (id, kind, payment_id, occurred_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING RETURNING id
       )
       INSERT INTO payments.ledger_entries (transaction_id, entry_number, account, currency, amount_minor)
       SELECT posted.id, entry.entry_number, entry.account, entry.currency, entry.amount_minor
       FROM posted, jsonb_to_recordset($5::jsonb) AS entry(entry_number integer, account text, currency text, amount_minor numeric)`,
      [id, kind, paymentId, occurredAt, JSON.stringify(rows)],
    );
  }

  /** Debits and credits of every account, in one consistent read. */
  async balances(): Promise<Balance[]> {
    const rows: { account: LedgerAccount; currency: string; debit: string; credit: string }[] = await this.database.primary.query(
      `SELECT account, currency, COALESCE(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::text AS debit, COALESCE(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::text AS credit
       FROM payments.ledger_entries GROUP BY account, currency ORDER BY currency, account`,
    );
    return rows.map((row) => ({ account: row.account, currency: row.currency, debitMinor: BigInt(row.debit), creditMinor: BigInt(row.credit) }));
  }
}
