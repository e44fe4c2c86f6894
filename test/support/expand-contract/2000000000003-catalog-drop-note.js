/** Contract: no process has used it since the release before. */
export class CatalogDropNote2000000000003 {
  async up(runner) {
    await runner.query('ALTER TABLE catalog.items DROP COLUMN note');
  }

  async down(runner) {
    await runner.query('ALTER TABLE catalog.items ADD COLUMN note text');
  }
}
