-- Trigger: writes changed items to the invalidation log, once a statement (ADR 022). Decides whether lists are
-- affected: the columns compared are those that lists filter by, sort by or show.
CREATE OR REPLACE FUNCTION catalog.log_changed_items() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO catalog.invalidation_log (transaction_id, item_id, listing)
    SELECT pg_current_xact_id()::text::bigint, id,
           (before.sku, before.title, before.description, before.brand, before.categories,
            before.price_minor, before.currency, before.popularity, before.created_at, before.deleted_at)
             IS DISTINCT FROM
           (after.sku, after.title, after.description, after.brand, after.categories,
            after.price_minor, after.currency, after.popularity, after.created_at, after.deleted_at)
      FROM after JOIN before USING (id);
  RETURN NULL;
END $$;
