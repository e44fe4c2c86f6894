-- Trigger: keeps the listings of changed items and adds their new words to the vocabulary, once a statement. A listing
-- repeats the keys that lists sort by; one whose keys are the same is not written.
CREATE OR REPLACE FUNCTION catalog.list_changed_items() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM catalog.item_categories AS listed USING before JOIN after USING (id)
   WHERE listed.item_id = before.id
     AND (after.deleted_at IS NOT NULL OR NOT listed.category_slug = ANY (after.categories));
  INSERT INTO catalog.item_categories AS listed (category_slug, item_id, created_at, price_minor, popularity)
    SELECT DISTINCT category, id, created_at, price_minor, popularity
      FROM after, unnest(categories) AS category WHERE deleted_at IS NULL
    ON CONFLICT ON CONSTRAINT item_categories_pkey DO UPDATE
      SET created_at = excluded.created_at, price_minor = excluded.price_minor, popularity = excluded.popularity
      WHERE (listed.created_at, listed.price_minor, listed.popularity)
        IS DISTINCT FROM (excluded.created_at, excluded.price_minor, excluded.popularity);
  INSERT INTO catalog.title_words (word)
    SELECT DISTINCT word
      FROM before JOIN after USING (id), catalog.words_of(after.title || ' ' || after.brand) AS words_of (word)
     WHERE (before.title, before.brand) IS DISTINCT FROM (after.title, after.brand)
       AND NOT EXISTS (SELECT FROM catalog.title_words AS known WHERE known.word = words_of.word) ORDER BY word
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
