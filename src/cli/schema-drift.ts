import { findSchemaDrift } from '../platform/database/index.js';
import { runInApp } from './run-in-app.js';

/** The drift gate: compares every entity with the migrated database and exits 1 when they differ. */
runInApp(async (app) => {
  const drift = await findSchemaDrift(app);
  if (drift.length > 0) throw new Error(`Entities and schema differ; a migration is missing:\n${drift.join('\n')}`);
  return 'Entities and schema agree.';
});
