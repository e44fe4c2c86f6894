-- Trigger: writes items whose stock changed to the invalidation log, once a statement (ADR 022). A sale moves no item
-- in any list; only pages that show the item are affected.
CREATE OR REPLACE FUNCTION catalog.log_changed_stock() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO catalog.invalidation_log (transaction_id, item_id, listing)
    SELECT pg_current_xact_id()::text::bigint, after.item_id, false
      FROM after JOIN before USING (item_id) WHERE after.quantity <> before.quantity;
  RETURN NULL;
END $$;
