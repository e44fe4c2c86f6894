import type { MigrationInterface, QueryRunner } from 'typeorm';

const PARTITIONS = 16;
const PARTITIONED = ['payments', 'payment_lines', 'refunds'] as const;

/**
 * Payments, partitioned by account from the first day (ADR 005); what is pending stands in small tables beside them.
 */
export class PaymentsBaseline1795824006000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createPayments(runner);
    await createRefunds(runner);
    for (const table of PARTITIONED) await createPartitions(runner, table);
    await createPendingOperations(runner);
    await createProviderEvents(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW audit.payments');
    await runner.query(
      'DROP TABLE payments.provider_events, payments.orphan_checks, payments.pending_refunds, ' +
        'payments.pending_payments, payments.refunds, payments.payment_lines, payments.payments',
    );
  }
}

async function createPayments(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE payments.payments (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    reference text,
    status text NOT NULL,
    amount_minor bigint NOT NULL,
    currency character(3) NOT NULL,
    refunded_minor bigint NOT NULL DEFAULT 0,
    refund_pending_minor bigint NOT NULL DEFAULT 0,
    provider_id text,
    failure text,
    created_at timestamptz NOT NULL DEFAULT now(),
    captured_at timestamptz,
    CONSTRAINT payments_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT payments_status_known CHECK (status IN ('processing', 'captured', 'failed')),
    CONSTRAINT payments_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT payments_captured_when CHECK ((status = 'captured') = (captured_at IS NOT NULL)),
    CONSTRAINT payments_refunds_within_capture
      CHECK (refunded_minor >= 0 AND refund_pending_minor >= 0
        AND refunded_minor + refund_pending_minor <= amount_minor)
  ) PARTITION BY HASH (account_id)`);
  await runner.query(
    `CREATE UNIQUE INDEX payments_reference_unique ON payments.payments (account_id, reference)
      WHERE reference IS NOT NULL AND status <> 'failed'`,
  );
  await runner.query(`CREATE TABLE payments.payment_lines (
    account_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    line_number integer NOT NULL,
    item_id uuid NOT NULL,
    sku text NOT NULL,
    title text NOT NULL,
    quantity integer NOT NULL,
    unit_price_minor bigint NOT NULL,
    CONSTRAINT payment_lines_pkey PRIMARY KEY (account_id, payment_id, line_number),
    CONSTRAINT payment_lines_quantity_positive CHECK (quantity > 0),
    CONSTRAINT payment_lines_payment_fkey FOREIGN KEY (account_id, payment_id)
      REFERENCES payments.payments (account_id, id)
  ) PARTITION BY HASH (account_id)`);
  await runner.query('GRANT SELECT, INSERT, UPDATE ON payments.payments TO bulwark_payments');
  await runner.query('GRANT SELECT, INSERT ON payments.payment_lines TO bulwark_payments');
  await runner.query(
    `CREATE VIEW audit.payments AS SELECT id, account_id, reference, status, amount_minor, currency, created_at
      FROM payments.payments`,
  );
}

async function createRefunds(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE payments.refunds (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency character(3) NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT refunds_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT refunds_status_known CHECK (status IN ('processing', 'succeeded', 'failed')),
    CONSTRAINT refunds_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT refunds_payment_fkey FOREIGN KEY (account_id, payment_id) REFERENCES payments.payments (account_id, id)
  ) PARTITION BY HASH (account_id)`);
  await runner.query('GRANT SELECT, INSERT, UPDATE ON payments.refunds TO bulwark_payments');
}

async function createPartitions(runner: QueryRunner, table: string): Promise<void> {
  for (let n = 0; n < PARTITIONS; n++)
    await runner.query(
      `CREATE TABLE payments.${table}_${n} PARTITION OF payments.${table} FOR
        VALUES WITH (MODULUS ${PARTITIONS}, REMAINDER ${n})`,
    );
}

/**
 * Payments and refunds in progress, and payments that failed without the provider's confirmation (ADR 029). The lease
 * and the next attempt are two columns: an event of the provider may bring the attempt forward and never ends a lease.
 */
async function createPendingOperations(runner: QueryRunner): Promise<void> {
  const scheduling = `
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    leased_until timestamptz,
    wake_requested boolean NOT NULL DEFAULT false`;
  await runner.query(`CREATE TABLE payments.pending_payments (
    payment_id uuid CONSTRAINT pending_payments_pkey PRIMARY KEY,
    account_id uuid NOT NULL,
    card_token_sealed bytea NOT NULL,${scheduling}
  )`);
  await runner.query(`CREATE TABLE payments.pending_refunds (
    refund_id uuid CONSTRAINT pending_refunds_pkey PRIMARY KEY,
    account_id uuid NOT NULL,${scheduling}
  )`);
  await runner.query(`CREATE TABLE payments.orphan_checks (
    payment_id uuid CONSTRAINT orphan_checks_pkey PRIMARY KEY,
    account_id uuid NOT NULL,${scheduling}
  )`);
  for (const table of ['pending_payments', 'pending_refunds', 'orphan_checks']) {
    await runner.query(`CREATE INDEX ${table}_due ON payments.${table} (next_attempt_at)`);
    await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON payments.${table} TO bulwark_payments`);
  }
}

/** Events of the provider that were received, so that each counts once (ADR 029). */
async function createProviderEvents(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE payments.provider_events (
    id text CONSTRAINT provider_events_pkey PRIMARY KEY,
    type text NOT NULL,
    subject_id uuid,
    received_at timestamptz NOT NULL DEFAULT now()
  )`);
  await runner.query('CREATE INDEX provider_events_expiring ON payments.provider_events (received_at)');
  await runner.query('GRANT SELECT, INSERT, DELETE ON payments.provider_events TO bulwark_payments');
}
