-- The smallest UUIDv7 of an instant: the bound between two partitions by time (ADR 017).
CREATE OR REPLACE FUNCTION platform.first_id_at(instant timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (lpad(to_hex(floor(extract(epoch FROM instant) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
