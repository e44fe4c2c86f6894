import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * First step towards outbox and inbox by time (ADR 017): from here on neither table takes an id from beyond a bound a few days
 * ahead, so that each can become the first partition without being read under a lock. The next two migrations follow in
 * the same run; one that fails has at least a day to be repeated in.
 */
export class PlatformBoundedEvents1000000001950 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE FUNCTION platform.first_id_at(instant timestamptz) RETURNS uuid
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
      SELECT (lpad(to_hex(floor(extract(epoch FROM instant) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$`);
    await bound(runner, 'outbox', 'id', 'day', '2 days');
    await bound(runner, 'inbox', 'event_id', 'week', '8 days');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE platform.inbox DROP CONSTRAINT inbox_first_bound');
    await runner.query('ALTER TABLE platform.outbox DROP CONSTRAINT outbox_first_bound');
    await runner.query('DROP FUNCTION platform.first_id_at(timestamptz)');
  }
}

async function bound(runner: QueryRunner, table: string, column: string, unit: string, ahead: string): Promise<void> {
  const rows = (await runner.query(
    `SELECT platform.first_id_at(date_trunc('${unit}', now() + interval '${ahead}', 'UTC')) AS id`,
  )) as { id: string }[];
  await runner.query(
    `ALTER TABLE platform.${table} ADD CONSTRAINT ${table}_first_bound CHECK (${column} < '${rows[0]?.id}') NOT VALID`,
  );
}
