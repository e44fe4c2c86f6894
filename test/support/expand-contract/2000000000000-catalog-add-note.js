/** Expand: what the running version does not know does not disturb it. */
export class CatalogAddNote2000000000000 {
  async up(runner) {
    await runner.query('ALTER TABLE catalog.items ADD COLUMN note text');
    await runner.query('ALTER TABLE catalog.items ADD CONSTRAINT note_is_short CHECK (length(note) < 100) NOT VALID');
  }

  async down(runner) {
    await runner.query('ALTER TABLE catalog.items DROP COLUMN note');
  }
}
