const BATCH = 20;

/** Backfill: a few rows at a time, never waiting for one that another transaction holds. */
export class CatalogFillNote2000000000001 {
  transaction = false;

  async up(runner) {
    for (;;) {
      await runner.query(
        `UPDATE catalog.items SET note = 'old' WHERE id IN (SELECT id FROM catalog.items WHERE note IS NULL ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
      );
      const [left] = await runner.query('SELECT FROM catalog.items WHERE note IS NULL LIMIT 1');
      if (!left) return;
    }
  }

  async down() {
    // What was filled in goes with its column.
  }
}
