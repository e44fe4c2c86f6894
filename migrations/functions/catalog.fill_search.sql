-- Trigger: keeps the search vector of an item. Title weighs most, then brand and SKU, then the description, of which
-- the first 4,000 characters count: a longer one would make every update of the item slow.
CREATE OR REPLACE FUNCTION catalog.fill_search() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.search := setweight(to_tsvector('catalog.words', NEW.title), 'A')
    || setweight(to_tsvector('catalog.words', NEW.brand || ' ' || NEW.sku), 'B')
    || setweight(to_tsvector('catalog.words', left(NEW.description, 4000)), 'D');
  RETURN NEW;
END $$;
