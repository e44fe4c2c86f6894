-- Stores the answer of an idempotent request in the transaction of its effect (ADR 027). Decides by compare-and-set:
-- only the attempt that holds the lock token of an unfinished key may store.
--
-- Returns false when another attempt has taken over the key: the caller has to roll back. Runs with the rights of its
-- caller, whose role may update these columns and can neither read answers nor make keys.
CREATE OR REPLACE FUNCTION platform.store_answer(p_scope text, p_key text, p_lock_token uuid, p_state text,
  p_status integer, p_headers jsonb, p_body bytea) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE platform.idempotency_keys
     SET state = p_state, status = p_status, headers = p_headers, body = p_body, locked_at = NULL
   WHERE scope = p_scope AND key = p_key AND lock_token = p_lock_token AND state <> 'finished';
  RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION platform.store_answer(text, text, uuid, text, integer, jsonb, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.store_answer(text, text, uuid, text, integer, jsonb, bytea)
  TO bulwark_catalog, bulwark_account, bulwark_payments, bulwark_platform;
