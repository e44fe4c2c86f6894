import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The sales of a day in several rows that are added up when read: one row for all was a queue of its own. */
export class PaymentsSalesShards1000000004600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE payments.sales_per_day ADD COLUMN shard smallint NOT NULL DEFAULT 0');
    await runner.query(
      'ALTER TABLE payments.sales_per_day DROP CONSTRAINT sales_per_day_pkey, ADD CONSTRAINT sales_per_day_pkey PRIMARY KEY (day, currency, shard)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TEMPORARY TABLE added_up ON COMMIT DROP AS
      SELECT day, currency, sum(payments)::bigint AS payments, sum(captured_minor) AS captured_minor, sum(refunded_minor) AS refunded_minor FROM payments.sales_per_day GROUP BY day, currency`);
    await runner.query('DELETE FROM payments.sales_per_day');
    await runner.query(
      'ALTER TABLE payments.sales_per_day DROP CONSTRAINT sales_per_day_pkey, ADD CONSTRAINT sales_per_day_pkey PRIMARY KEY (day, currency), DROP COLUMN shard',
    );
    await runner.query(
      'INSERT INTO payments.sales_per_day (day, currency, payments, captured_minor, refunded_minor) SELECT day, currency, payments, captured_minor, refunded_minor FROM added_up',
    );
  }
}
