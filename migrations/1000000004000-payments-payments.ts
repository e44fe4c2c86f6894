import type { MigrationInterface, QueryRunner } from 'typeorm';

const PARTITIONS = 16;
const PARTITIONED = ['payments', 'payment_lines', 'refunds'] as const;

/** Payments, partitioned by account from the first day (ADR 005); what is in flight stands in small tables beside them. */
export class PaymentsPayments1000000004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of TABLES) await runner.query(statement);
    for (const table of PARTITIONED) {
      for (let n = 0; n < PARTITIONS; n++)
        await runner.query(
          `CREATE TABLE payments.${table}_${n} PARTITION OF payments.${table} FOR VALUES WITH (MODULUS ${PARTITIONS}, REMAINDER ${n})`,
        );
    }
    await runner.query(
      `CREATE VIEW audit.payments AS SELECT id, account_id, reference, status, amount_minor, currency, created_at FROM payments.payments`,
    );
    await runner.query('GRANT SELECT, INSERT, UPDATE ON payments.payments, payments.refunds TO bulwark_payments');
    await runner.query('GRANT SELECT, INSERT ON payments.payment_lines TO bulwark_payments');
    await runner.query(
      'GRANT SELECT, INSERT, UPDATE, DELETE ON payments.pending_payments, payments.pending_refunds TO bulwark_payments',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW audit.payments');
    await runner.query(
      'DROP TABLE payments.pending_refunds, payments.pending_payments, payments.refunds, payments.payment_lines, payments.payments',
    );
  }
}

const TABLES = [
  `CREATE TABLE payments.payments (
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
    CONSTRAINT payments_refunds_within_capture CHECK (refunded_minor >= 0 AND refund_pending_minor >= 0 AND refunded_minor + refund_pending_minor <= amount_minor)
  ) PARTITION BY HASH (account_id)`,
  `CREATE UNIQUE INDEX payments_reference_unique ON payments.payments (account_id, reference) WHERE reference IS NOT NULL AND status <> 'failed'`,
  `CREATE TABLE payments.payment_lines (
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
    CONSTRAINT payment_lines_payment_fkey FOREIGN KEY (account_id, payment_id) REFERENCES payments.payments (account_id, id)
  ) PARTITION BY HASH (account_id)`,
  `CREATE TABLE payments.refunds (
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
  ) PARTITION BY HASH (account_id)`,
  `CREATE TABLE payments.pending_payments (
    payment_id uuid CONSTRAINT pending_payments_pkey PRIMARY KEY,
    account_id uuid NOT NULL,
    card_token_sealed bytea NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL
  )`,
  'CREATE INDEX pending_payments_due ON payments.pending_payments (next_attempt_at)',
  `CREATE TABLE payments.pending_refunds (
    refund_id uuid CONSTRAINT pending_refunds_pkey PRIMARY KEY,
    account_id uuid NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL
  )`,
  'CREATE INDEX pending_refunds_due ON payments.pending_refunds (next_attempt_at)',
];
