-- Appends events to the outbox in the transaction of their effect (ADR 007); a function, so that the functions of a
-- context can do it too. Runs with the rights of its caller, whose role may insert here.
CREATE OR REPLACE FUNCTION platform.append_events(events jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO platform.outbox (id, type, aggregate_type, aggregate_id, occurred_at, payload, headers)
  SELECT id, type, aggregate_type, aggregate_id, occurred_at, payload, headers
    FROM jsonb_to_recordset(events) AS event(id uuid, type text, aggregate_type text, aggregate_id text,
                                             occurred_at timestamptz, payload jsonb, headers jsonb)
$$;

REVOKE ALL ON FUNCTION platform.append_events(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.append_events(jsonb)
  TO bulwark_catalog, bulwark_account, bulwark_payments, bulwark_platform;
