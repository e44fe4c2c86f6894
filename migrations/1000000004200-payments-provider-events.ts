import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPEN = ['pending_payments', 'pending_refunds'] as const;

/** What the provider tells by itself, and what is looked at again after a payment failed without its word (ADR 029). */
export class PaymentsProviderEvents1000000004200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of OPEN) {
      // A lease and an appointment are two things now: news may bring the appointment forward and never ends a lease.
      await runner.query(
        `ALTER TABLE payments.${table} ADD COLUMN leased_until timestamptz, ADD COLUMN wake_requested boolean NOT NULL DEFAULT false`,
      );
    }
    await runner.query(`CREATE TABLE payments.orphan_checks (
      payment_id uuid CONSTRAINT orphan_checks_pkey PRIMARY KEY,
      account_id uuid NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz NOT NULL,
      leased_until timestamptz,
      wake_requested boolean NOT NULL DEFAULT false
    )`);
    await runner.query('CREATE INDEX orphan_checks_due ON payments.orphan_checks (next_attempt_at)');
    await runner.query(`CREATE TABLE payments.provider_events (
      id text CONSTRAINT provider_events_pkey PRIMARY KEY,
      type text NOT NULL,
      subject_id uuid,
      received_at timestamptz NOT NULL DEFAULT now()
    )`);
    await runner.query('CREATE INDEX provider_events_expiring ON payments.provider_events (received_at)');
    await runner.query('CREATE INDEX ledger_transactions_occurred ON payments.ledger_transactions (occurred_at)');
    await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON payments.orphan_checks TO bulwark_payments');
    await runner.query('GRANT SELECT, INSERT, DELETE ON payments.provider_events TO bulwark_payments');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX payments.ledger_transactions_occurred');
    await runner.query('DROP TABLE payments.provider_events, payments.orphan_checks');
    for (const table of OPEN)
      await runner.query(`ALTER TABLE payments.${table} DROP COLUMN leased_until, DROP COLUMN wake_requested`);
  }
}
