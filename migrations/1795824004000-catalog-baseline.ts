import type { MigrationInterface, QueryRunner } from 'typeorm';
import { applyFunctions } from './functions/apply-functions.js';

/** Items, their stock beside them, categories, what makes lists and search fast, and the log for the caches. */
export class CatalogBaseline1795824004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createSearchConfiguration(runner);
    await createTables(runner);
    await createIndexes(runner);
    await createInvalidationLog(runner);
    await createListingTriggers(runner);
    await createInvalidationTriggers(runner);
    await grant(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('REVOKE USAGE ON SCHEMA catalog FROM bulwark_payments');
    await runner.query('ALTER ROLE bulwark_catalog RESET pg_trgm.similarity_threshold');
    await runner.query('DROP VIEW audit.stock');
    await runner.query(
      'DROP TABLE catalog.invalidation_log, catalog.item_categories, catalog.title_words, catalog.stock, ' +
        'catalog.items, catalog.categories',
    );
    await runner.query('DROP TEXT SEARCH CONFIGURATION catalog.words');
    await runner.query('DROP TEXT SEARCH DICTIONARY catalog.stem');
  }
}

/**
 * Stems without stop words, since titles such as "It" consist of them, and without accents, since people leave them
 * out.
 */
async function createSearchConfiguration(runner: QueryRunner): Promise<void> {
  await runner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public');
  await runner.query('CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public');
  await runner.query('CREATE TEXT SEARCH DICTIONARY catalog.stem (TEMPLATE = pg_catalog.snowball, Language = english)');
  await runner.query('CREATE TEXT SEARCH CONFIGURATION catalog.words (COPY = pg_catalog.english)');
  await runner.query(`ALTER TEXT SEARCH CONFIGURATION catalog.words
    ALTER MAPPING FOR asciiword, word, hword, hword_part, hword_asciipart, asciihword WITH public.unaccent,
      catalog.stem`);
  // Once its library is loaded, its setting is one that any role may have.
  await runner.query("SELECT public.similarity('a', 'b')");
  // Swapped letters leave few trigrams alike ("gastby"); the words found so are compared by their edit distance.
  await runner.query('ALTER ROLE bulwark_catalog SET pg_trgm.similarity_threshold = 0.2');
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
  // The vocabulary against which a misspelt query is corrected; words are never removed, which costs nothing but their
  // bytes.
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

/** Which items have changed, so that caches are invalidated instead of asking again (ADR 022). */
async function createInvalidationLog(runner: QueryRunner): Promise<void> {
  // The number of the transaction, not a sequence alone: numbers of a sequence become visible out of order.
  await runner.query(`CREATE TABLE catalog.invalidation_log (
    transaction_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    item_id uuid NOT NULL,
    listing boolean NOT NULL,
    CONSTRAINT invalidation_log_pkey PRIMARY KEY (transaction_id, id)
  )`);
}

async function createListingTriggers(runner: QueryRunner): Promise<void> {
  await applyFunctions(
    runner,
    'catalog.fill_search',
    'catalog.words_of',
    'catalog.list_new_items',
    'catalog.list_changed_items',
  );
  await runner.query(`CREATE TRIGGER items_fill_search BEFORE INSERT OR UPDATE OF title, brand, sku,
    description ON catalog.items
    FOR EACH ROW EXECUTE FUNCTION catalog.fill_search()`);
  await runner.query(`CREATE TRIGGER items_list_new AFTER INSERT ON catalog.items
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION catalog.list_new_items()`);
  await runner.query(`CREATE TRIGGER items_list_changed AFTER UPDATE ON catalog.items
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION
      catalog.list_changed_items()`);
}

async function createInvalidationTriggers(runner: QueryRunner): Promise<void> {
  await applyFunctions(runner, 'catalog.log_new_items', 'catalog.log_changed_items', 'catalog.log_changed_stock');
  await runner.query(`CREATE TRIGGER items_log_new AFTER INSERT ON catalog.items
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION catalog.log_new_items()`);
  await runner.query(`CREATE TRIGGER items_log_changed AFTER UPDATE ON catalog.items
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION
      catalog.log_changed_items()`);
  await runner.query(`CREATE TRIGGER stock_log_changed AFTER UPDATE ON catalog.stock
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION
      catalog.log_changed_stock()`);
}

async function grant(runner: QueryRunner): Promise<void> {
  await runner.query(
    'GRANT SELECT, INSERT, UPDATE ON catalog.items, catalog.stock, catalog.categories TO bulwark_catalog',
  );
  await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.item_categories TO bulwark_catalog');
  await runner.query('GRANT SELECT, INSERT ON catalog.title_words TO bulwark_catalog');
  await runner.query('GRANT SELECT, INSERT, DELETE ON catalog.invalidation_log TO bulwark_catalog');
  // Payments calls reserve_stock and release_stock, and reads no table here.
  await runner.query('GRANT USAGE ON SCHEMA catalog TO bulwark_payments');
}
