import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where subscribers receive events, and the log of what was sent (ADR 028). */
export class PlatformWebhooks1795824003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE platform.webhook_endpoints (
      id uuid CONSTRAINT webhook_endpoints_pkey PRIMARY KEY,
      account_id uuid NOT NULL,
      url text NOT NULL,
      events text[] NOT NULL,
      status text NOT NULL DEFAULT 'enabled',
      disabled_reason text,
      secret_sealed bytea NOT NULL,
      previous_secret_sealed bytea,
      previous_secret_until timestamptz,
      failures_in_row integer NOT NULL DEFAULT 0,
      failing_since timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT webhook_endpoints_status_known CHECK (status IN ('enabled', 'disabled', 'deleted'))
    )`);
    await runner.query('CREATE INDEX webhook_endpoints_of_account ON platform.webhook_endpoints (account_id, id)');
    await runner.query(`CREATE TABLE platform.webhook_deliveries (
      id uuid CONSTRAINT webhook_deliveries_pkey PRIMARY KEY,
      endpoint_id uuid NOT NULL,
      event_id uuid NOT NULL,
      event_type text NOT NULL,
      body text NOT NULL,
      status text NOT NULL DEFAULT 'pending',
      attempts integer NOT NULL DEFAULT 0,
      last_status_code integer,
      last_error text,
      next_attempt_at timestamptz NOT NULL DEFAULT now(),
      created_at timestamptz NOT NULL DEFAULT now(),
      ended_at timestamptz,
      CONSTRAINT webhook_deliveries_endpoint_fkey FOREIGN KEY (endpoint_id) REFERENCES platform.webhook_endpoints (id),
      CONSTRAINT webhook_deliveries_status_known CHECK (status IN ('pending', 'delivered', 'dead')),
      CONSTRAINT webhook_deliveries_ended_when CHECK ((status = 'pending') = (ended_at IS NULL))
    )`);
    await runner.query(
      'CREATE UNIQUE INDEX webhook_deliveries_once ON platform.webhook_deliveries (endpoint_id, event_id)',
    );
    await runner.query('CREATE INDEX webhook_deliveries_of_endpoint ON platform.webhook_deliveries (endpoint_id, id)');
    await runner.query(
      `CREATE INDEX webhook_deliveries_due ON platform.webhook_deliveries (endpoint_id, next_attempt_at)
        WHERE status = 'pending'`,
    );
    await runner.query(
      'CREATE INDEX webhook_deliveries_ended ON platform.webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL',
    );
    await runner.query(
      `GRANT SELECT, INSERT, UPDATE, DELETE ON platform.webhook_endpoints, platform.webhook_deliveries
        TO bulwark_platform`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE platform.webhook_deliveries, platform.webhook_endpoints');
  }
}
