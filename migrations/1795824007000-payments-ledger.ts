import type { MigrationInterface, QueryRunner } from 'typeorm';
import { applyFunctions } from './functions/apply-functions.js';

/** The ledger: append-only by grants, balanced by a constraint that is checked at every commit (ADR 004). */
export class PaymentsLedger1795824007000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createLedger(runner);
    await createSales(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW audit.ledger_entries');
    await runner.query('DROP TABLE payments.sales_per_day, payments.ledger_entries, payments.ledger_transactions');
  }
}

async function createLedger(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE payments.ledger_transactions (
    id uuid CONSTRAINT ledger_transactions_pkey PRIMARY KEY,
    kind text NOT NULL,
    payment_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    posted_at timestamptz NOT NULL DEFAULT now()
  )`);
  await runner.query('CREATE INDEX ledger_transactions_of_payment ON payments.ledger_transactions (payment_id)');
  await runner.query('CREATE INDEX ledger_transactions_occurred ON payments.ledger_transactions (occurred_at)');
  await runner.query(`CREATE TABLE payments.ledger_entries (
    transaction_id uuid NOT NULL,
    entry_number integer NOT NULL,
    account text NOT NULL,
    currency character(3) NOT NULL,
    amount_minor numeric(38, 0) NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (transaction_id, entry_number),
    CONSTRAINT ledger_entries_transaction_fkey FOREIGN KEY (transaction_id)
      REFERENCES payments.ledger_transactions (id),
    CONSTRAINT ledger_entries_account_known CHECK (account IN ('cash', 'revenue', 'refunds')),
    CONSTRAINT ledger_entries_not_zero CHECK (amount_minor <> 0)
  )`);
  await applyFunctions(runner, 'payments.refuse_unbalanced_transaction');
  await runner.query(`CREATE CONSTRAINT TRIGGER ledger_transactions_balance AFTER INSERT ON payments.ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments.refuse_unbalanced_transaction()`);
  await runner.query(
    `CREATE VIEW audit.ledger_entries AS SELECT transaction_id, account, currency, amount_minor
      FROM payments.ledger_entries`,
  );
  await runner.query(
    'GRANT SELECT, INSERT ON payments.ledger_transactions, payments.ledger_entries TO bulwark_payments',
  );
}

/** The sales of a day in several rows that are added up when read: one row for all would make every capture wait. */
async function createSales(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE payments.sales_per_day (
    day date NOT NULL,
    currency character(3) NOT NULL,
    payments bigint NOT NULL DEFAULT 0,
    captured_minor numeric(38, 0) NOT NULL DEFAULT 0,
    refunded_minor numeric(38, 0) NOT NULL DEFAULT 0,
    shard smallint NOT NULL DEFAULT 0,
    CONSTRAINT sales_per_day_pkey PRIMARY KEY (day, currency, shard)
  )`);
  await runner.query('GRANT SELECT, INSERT, UPDATE ON payments.sales_per_day TO bulwark_payments');
}
