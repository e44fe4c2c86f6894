import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A log of which items have changed, so that caches can be told instead of asking again (ADR 022). */
export class CatalogItemChanges1000000002200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The number of the transaction, not a sequence alone: numbers of a sequence become visible out of order.
    await runner.query(`CREATE TABLE catalog.invalidation_log (
      transaction_id bigint NOT NULL,
      id bigint GENERATED ALWAYS AS IDENTITY,
      item_id uuid NOT NULL,
      listing boolean NOT NULL,
      CONSTRAINT invalidation_log_pkey PRIMARY KEY (transaction_id, id)
    )`);
    await createTriggers(runner);
    await runner.query('GRANT SELECT, INSERT, DELETE ON catalog.invalidation_log TO bulwark_catalog');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER stock_log_changed ON catalog.stock');
    await runner.query('DROP TRIGGER items_log_changed ON catalog.items');
    await runner.query('DROP TRIGGER items_log_new ON catalog.items');
    await runner.query(
      'DROP FUNCTION catalog.log_new_items(), catalog.log_changed_items(), catalog.log_changed_stock()',
    );
    await runner.query('DROP TABLE catalog.invalidation_log');
  }
}

/** What decides in which lists an item stands, and where. */
const LISTED = [
  'sku',
  'title',
  'description',
  'brand',
  'categories',
  'price_minor',
  'currency',
  'popularity',
  'created_at',
  'deleted_at',
];

/** Once a statement: a sale of one item and an import of 300,000 both cost one more insert. */
async function createTriggers(runner: QueryRunner): Promise<void> {
  const functions: [string, string][] = [
    ['log_new_items', 'id, true FROM added'],
    [
      'log_changed_items',
      `id, (${LISTED.map((column) => `before.${column}`).join(', ')}) IS DISTINCT FROM (${LISTED.map((column) => `after.${column}`).join(', ')}) FROM after JOIN before USING (id)`,
    ],
    // A sale moves no item in any list; whoever shows the item has to know.
    [
      'log_changed_stock',
      'after.item_id, false FROM after JOIN before USING (item_id) WHERE after.quantity <> before.quantity',
    ],
  ];
  for (const [name, rows] of functions) {
    await runner.query(`CREATE FUNCTION catalog.${name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        INSERT INTO catalog.invalidation_log (transaction_id, item_id, listing) SELECT pg_current_xact_id()::text::bigint, ${rows};
        RETURN NULL;
      END $$`);
  }
  await runner.query(`CREATE TRIGGER items_log_new AFTER INSERT ON catalog.items
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION catalog.log_new_items()`);
  await runner.query(`CREATE TRIGGER items_log_changed AFTER UPDATE ON catalog.items
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION catalog.log_changed_items()`);
  await runner.query(`CREATE TRIGGER stock_log_changed AFTER UPDATE ON catalog.stock
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION catalog.log_changed_stock()`);
}
