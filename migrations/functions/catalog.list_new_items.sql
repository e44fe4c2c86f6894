-- Trigger: lists new items in their categories and adds their words to the vocabulary. Runs once a statement, over all
-- of its rows: an import of 300,000 items costs two inserts.
CREATE OR REPLACE FUNCTION catalog.list_new_items() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO catalog.item_categories (category_slug, item_id, created_at, price_minor, popularity)
    SELECT DISTINCT category, id, created_at, price_minor, popularity
      FROM added, unnest(categories) AS category WHERE deleted_at IS NULL;
  -- Ordered, so that two writers of the same words wait for each other and cannot deadlock.
  INSERT INTO catalog.title_words (word)
    SELECT DISTINCT word
      FROM (SELECT title FROM added UNION SELECT brand FROM added) AS texts, catalog.words_of(title) AS words_of (word)
     WHERE NOT EXISTS (SELECT FROM catalog.title_words AS known WHERE known.word = words_of.word) ORDER BY word
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
