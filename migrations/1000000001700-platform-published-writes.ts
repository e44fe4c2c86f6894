import type { MigrationInterface, QueryRunner } from 'typeorm';

const CONTEXT_ROLES = 'bulwark_catalog, bulwark_account, bulwark_payments, bulwark_platform';
const APPEND_EVENTS = 'platform.append_events(jsonb)';
const STORE_ANSWER = 'platform.store_answer(text, text, uuid, text, integer, jsonb, bytea)';

/**
 * What a context does to outbox and keys in its own transactions, as functions that its functions may call. They run with
 * the rights of their caller, who has had the grants on these columns from the first day.
 */
export class PlatformPublishedWrites1000000001700 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE FUNCTION ${APPEND_EVENTS.replace('jsonb', 'events jsonb')} RETURNS void
      LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
      INSERT INTO platform.outbox (id, type, aggregate_type, aggregate_id, occurred_at, payload, headers)
      SELECT id, type, aggregate_type, aggregate_id, occurred_at, payload, headers
        FROM jsonb_to_recordset(events) AS event(id uuid, type text, aggregate_type text, aggregate_id text, occurred_at timestamptz, payload jsonb, headers jsonb)
      $$`);
    // False when the token is not good any more: then the caller has to roll back.
    await runner.query(`CREATE FUNCTION platform.store_answer(p_scope text, p_key text, p_lock_token uuid, p_state text, p_status integer, p_headers jsonb, p_body bytea) RETURNS boolean
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        UPDATE platform.idempotency_keys SET state = p_state, status = p_status, headers = p_headers, body = p_body, locked_at = NULL
         WHERE scope = p_scope AND key = p_key AND lock_token = p_lock_token AND state <> 'finished';
        RETURN FOUND;
      END $$`);
    for (const name of [APPEND_EVENTS, STORE_ANSWER]) {
      await runner.query(`REVOKE ALL ON FUNCTION ${name} FROM PUBLIC`);
      await runner.query(`GRANT EXECUTE ON FUNCTION ${name} TO ${CONTEXT_ROLES}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ${APPEND_EVENTS}, ${STORE_ANSWER}`);
  }
}
