import type { MigrationInterface, QueryRunner } from 'typeorm';

const RECORD_CAPTURE = 'payments.record_capture(uuid, uuid, text, timestamp with time zone, jsonb, jsonb, bytea)';

/** The second durable write of a payment as one call: outcome, event and stored answer, all or nothing (ADR 003). */
export class PaymentsRecordInOneCall1000000004500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // False when somebody else has settled the payment. A key that somebody else has taken over undoes all of it.
    await runner.query(`
      CREATE FUNCTION payments.record_capture(p_account_id uuid, p_id uuid, p_provider_id text, p_captured_at timestamptz, p_events jsonb, p_key jsonb, p_body bytea) RETURNS boolean
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        UPDATE payments.payments SET status = 'captured', captured_at = p_captured_at, provider_id = p_provider_id
         WHERE account_id = p_account_id AND id = p_id AND status = 'processing';
        IF NOT FOUND THEN
          RETURN false;
        END IF;
        DELETE FROM payments.pending_payments WHERE payment_id = p_id;
        PERFORM platform.append_events(p_events);
        IF p_key IS NOT NULL AND NOT platform.store_answer(p_key ->> 'scope', p_key ->> 'key', (p_key ->> 'lockToken')::uuid, p_key ->> 'state', (p_key ->> 'status')::integer, p_key -> 'headers', p_body) THEN
          RAISE EXCEPTION 'the lease of the idempotency key was lost' USING ERRCODE = 'P0L01';
        END IF;
        RETURN true;
      END $$`);
    await runner.query(`REVOKE ALL ON FUNCTION ${RECORD_CAPTURE} FROM PUBLIC`);
    await runner.query(`GRANT EXECUTE ON FUNCTION ${RECORD_CAPTURE} TO bulwark_payments`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ${RECORD_CAPTURE}`);
  }
}
