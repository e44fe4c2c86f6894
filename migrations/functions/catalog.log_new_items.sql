-- Trigger: writes new items to the invalidation log, from which the caches learn what to drop (ADR 022). Runs once a
-- statement: one item and an import of 300,000 both cost one insert. A new item can appear in lists.
CREATE OR REPLACE FUNCTION catalog.log_new_items() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO catalog.invalidation_log (transaction_id, item_id, listing)
    SELECT pg_current_xact_id()::text::bigint, id, true FROM added;
  RETURN NULL;
END $$;
