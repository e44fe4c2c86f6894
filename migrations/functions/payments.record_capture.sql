-- The second durable write of a payment, in one round trip (ADR 003): outcome, event and stored answer, all or nothing.
--
-- Returns false when the payment is not in progress any more; then nothing was written. Raises P0L01 when another
-- attempt has taken over the idempotency key: the transaction rolls back, and that attempt decides. Runs with the
-- rights of its caller.
CREATE OR REPLACE FUNCTION payments.record_capture(p_account_id uuid, p_id uuid, p_provider_id text,
  p_captured_at timestamptz, p_events jsonb, p_key jsonb, p_body bytea) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE payments.payments SET status = 'captured', captured_at = p_captured_at, provider_id = p_provider_id
   WHERE account_id = p_account_id AND id = p_id AND status = 'processing';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  DELETE FROM payments.pending_payments WHERE payment_id = p_id;
  PERFORM platform.append_events(p_events);
  IF p_key IS NOT NULL AND NOT platform.store_answer(p_key ->> 'scope', p_key ->> 'key',
      (p_key ->> 'lockToken')::uuid, p_key ->> 'state', (p_key ->> 'status')::integer, p_key -> 'headers', p_body) THEN
    RAISE EXCEPTION 'the lease of the idempotency key was lost' USING ERRCODE = 'P0L01';
  END IF;
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION payments.record_capture(uuid, uuid, text, timestamptz, jsonb, jsonb, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments.record_capture(uuid, uuid, text, timestamptz, jsonb, jsonb, bytea)
  TO bulwark_payments;
