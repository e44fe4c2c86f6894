import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Items, their stock beside them, categories, and what makes lists and search fast. */
export class CatalogItems1000000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createSearchConfiguration(runner);
    await createTables(runner);
    await createIndexes(runner);
    await createSearchTrigger(runner);
    await createListingTriggers(runner);
    await widenSimilarity(runner);
    await grant(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER ROLE bulwark_catalog RESET pg_trgm.similarity_threshold');
    await runner.query('DROP VIEW audit.stock');
    await runner.query(
      'DROP TABLE catalog.item_categories, catalog.title_words, catalog.stock, catalog.items, catalog.categories',
    );
    await runner.query(
      'DROP FUNCTION catalog.fill_search(), catalog.list_new_items(), catalog.list_changed_items(), catalog.words_of(text)',
    );
    await runner.query('DROP TEXT SEARCH CONFIGURATION catalog.words');
    await runner.query('DROP TEXT SEARCH DICTIONARY catalog.stem');
  }
}

/** Stems without stop words, since titles such as "It" consist of them, and without accents, since people leave them out. */
async function createSearchConfiguration(runner: QueryRunner): Promise<void> {
  await runner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public');
  await runner.query('CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public');
  await runner.query('CREATE TEXT SEARCH DICTIONARY catalog.stem (TEMPLATE = pg_catalog.snowball, Language = english)');
  await runner.query('CREATE TEXT SEARCH CONFIGURATION catalog.words (COPY = pg_catalog.english)');
  await runner.query(`ALTER TEXT SEARCH CONFIGURATION catalog.words
    ALTER MAPPING FOR asciiword, word, hword, hword_part, hword_asciipart, asciihword WITH public.unaccent, catalog.stem`);
}

async function createTables(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE catalog.categories (
    slug text CONSTRAINT categories_pkey PRIMARY KEY,
    title text NOT NULL,
    position integer NOT NULL DEFAULT 1000
  )`);
  await runner.query(`CREATE TABLE catalog.items (
    id uuid CONSTRAINT items_pkey PRIMARY KEY,
    sku text NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    brand text NOT NULL DEFAULT '',
    categories text[] NOT NULL DEFAULT '{}',
    images text[] NOT NULL DEFAULT '{}',
    price_minor bigint NOT NULL CONSTRAINT items_price_positive CHECK (price_minor > 0),
    currency text NOT NULL CONSTRAINT items_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
    version integer NOT NULL DEFAULT 1,
    popularity integer NOT NULL DEFAULT 0,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    deleted_at timestamptz(3),
    search tsvector
  )`);
  // Apart from the wide row, so that a sale writes a few bytes and touches no index.
  await runner.query(`CREATE TABLE catalog.stock (
    item_id uuid CONSTRAINT stock_pkey PRIMARY KEY CONSTRAINT stock_item_fkey REFERENCES catalog.items (id),
    quantity integer NOT NULL CONSTRAINT stock_quantity_not_negative CHECK (quantity >= 0)
  ) WITH (fillfactor = 70)`);
  // Derived from items by trigger: repeats the sort keys, so that a page of a category is one index range.
  await runner.query(`CREATE TABLE catalog.item_categories (
    category_slug text NOT NULL CONSTRAINT item_categories_category_fkey REFERENCES catalog.categories (slug),
    item_id uuid NOT NULL,
    created_at timestamptz(3) NOT NULL,
    price_minor bigint NOT NULL,
    popularity integer NOT NULL,
    CONSTRAINT item_categories_pkey PRIMARY KEY (category_slug, item_id)
  )`);
  // The vocabulary against which a misspelt query is corrected; words are never removed, which costs nothing but their bytes.
  await runner.query('CREATE TABLE catalog.title_words (word text CONSTRAINT title_words_pkey PRIMARY KEY)');
  await runner.query('CREATE VIEW audit.stock AS SELECT item_id, quantity FROM catalog.stock');
}

async function createIndexes(runner: QueryRunner): Promise<void> {
  const live = 'WHERE deleted_at IS NULL';
  await runner.query(`CREATE UNIQUE INDEX items_sku_live ON catalog.items (sku) ${live}`);
  await runner.query(`CREATE UNIQUE INDEX items_slug_live ON catalog.items (slug) ${live}`);
  await runner.query(`CREATE INDEX items_newest ON catalog.items (created_at, id) ${live}`);
  await runner.query(`CREATE INDEX items_by_price ON catalog.items (price_minor, id) ${live}`);
  await runner.query(`CREATE INDEX items_popular ON catalog.items (popularity, id) ${live}`);
  await runner.query(`CREATE INDEX items_search ON catalog.items USING gin (search, categories) ${live}`);
  await runner.query(
    'CREATE INDEX item_categories_newest ON catalog.item_categories (category_slug, created_at, item_id)',
  );
  await runner.query(
    'CREATE INDEX item_categories_by_price ON catalog.item_categories (category_slug, price_minor, item_id)',
  );
  await runner.query(
    'CREATE INDEX item_categories_popular ON catalog.item_categories (category_slug, popularity, item_id)',
  );
  await runner.query('CREATE INDEX item_categories_of_item ON catalog.item_categories (item_id)');
  await runner.query('CREATE INDEX title_words_similar ON catalog.title_words USING gin (word public.gin_trgm_ops)');
}

async function createSearchTrigger(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE FUNCTION catalog.fill_search() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    BEGIN
      NEW.search := setweight(to_tsvector('catalog.words', NEW.title), 'A')
        || setweight(to_tsvector('catalog.words', NEW.brand || ' ' || NEW.sku), 'B')
        || setweight(to_tsvector('catalog.words', left(NEW.description, 4000)), 'D');
      RETURN NEW;
    END $$`);
  await runner.query(`CREATE TRIGGER items_fill_search BEFORE INSERT OR UPDATE OF title, brand, sku, description ON catalog.items
    FOR EACH ROW EXECUTE FUNCTION catalog.fill_search()`);
}

/** Once a statement, over all of its rows: an import of 300,000 items is two set-based inserts. */
async function createListingTriggers(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE FUNCTION catalog.words_of(title text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT word FROM regexp_split_to_table(lower(public.unaccent(title)), '[^[:alnum:]]+') AS word
     WHERE length(word) BETWEEN 3 AND 40 AND word !~ '[0-9]' $$`);
  await runner.query(`CREATE FUNCTION catalog.list_new_items() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO catalog.item_categories (category_slug, item_id, created_at, price_minor, popularity)
        SELECT DISTINCT category, id, created_at, price_minor, popularity FROM added, unnest(categories) AS category WHERE deleted_at IS NULL;
      -- In one order everywhere, so that two writers of the same words wait for each other instead of forming a ring.
      INSERT INTO catalog.title_words (word)
        SELECT DISTINCT word FROM (SELECT title FROM added UNION SELECT brand FROM added) AS texts, catalog.words_of(title) AS words_of (word)
         WHERE NOT EXISTS (SELECT FROM catalog.title_words AS known WHERE known.word = words_of.word) ORDER BY word
        ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$`);
  await runner.query(`CREATE FUNCTION catalog.list_changed_items() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM catalog.item_categories AS listed USING before JOIN after USING (id)
       WHERE listed.item_id = before.id AND (after.deleted_at IS NOT NULL OR NOT listed.category_slug = ANY (after.categories));
      INSERT INTO catalog.item_categories AS listed (category_slug, item_id, created_at, price_minor, popularity)
        SELECT DISTINCT category, id, created_at, price_minor, popularity FROM after, unnest(categories) AS category WHERE deleted_at IS NULL
        ON CONFLICT ON CONSTRAINT item_categories_pkey DO UPDATE
          SET created_at = excluded.created_at, price_minor = excluded.price_minor, popularity = excluded.popularity
          WHERE (listed.created_at, listed.price_minor, listed.popularity) IS DISTINCT FROM (excluded.created_at, excluded.price_minor, excluded.popularity);
      INSERT INTO catalog.title_words (word)
        SELECT DISTINCT word FROM before JOIN after USING (id), catalog.words_of(after.title || ' ' || after.brand) AS words_of (word)
         WHERE (before.title, before.brand) IS DISTINCT FROM (after.title, after.brand) AND NOT EXISTS (SELECT FROM catalog.title_words AS known WHERE known.word = words_of.word) ORDER BY word
        ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$`);
  await runner.query(`CREATE TRIGGER items_list_new AFTER INSERT ON catalog.items
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION catalog.list_new_items()`);
  await runner.query(`CREATE TRIGGER items_list_changed AFTER UPDATE ON catalog.items
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION catalog.list_changed_items()`);
}

/** Swapped letters leave few trigrams alike ("gastby"); the words found so are evaluated by their edit distance. */
async function widenSimilarity(runner: QueryRunner): Promise<void> {
  // Once its library is loaded, its setting is one that any role may have.
  await runner.query("SELECT public.similarity('a', 'b')");
  await runner.query('ALTER ROLE bulwark_catalog SET pg_trgm.similarity_threshold = 0.2');
}

async function grant(runner: QueryRunner): Promise<void> {
  await runner.query(
    'GRANT SELECT, INSERT, UPDATE ON catalog.items, catalog.stock, catalog.categories TO bulwark_catalog',
  );
  await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.item_categories TO bulwark_catalog');
  await runner.query('GRANT SELECT, INSERT ON catalog.title_words TO bulwark_catalog');
}
