/** Indexes and proofs without a lock that readers or writers notice. */
export class CatalogIndexBrand2000000000002 {
  transaction = false;

  async up(runner) {
    await runner.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS items_by_brand ON catalog.items (brand)');
    await runner.query('ALTER TABLE catalog.items VALIDATE CONSTRAINT note_is_short');
  }

  async down(runner) {
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS catalog.items_by_brand');
  }
}
