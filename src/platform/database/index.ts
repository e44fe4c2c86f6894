/**
 * Database: one least-privileged role and one bounded pool per context; reads go to a replica that shows what has to be
 * seen, writes to the primary.
 *
 * More than a dozen files, and still one capability: the choice of a server needs the pools that lead there, the
 * position that each replica has replayed, and the schema that it has. The runner of migrations stays here because it
 * and the pools have to agree on roles, and on what an older build may find.
 */
export { ContextDatabase, afterCommit, type Freshness, type Transaction } from './context-database.js';
export { DatabaseModule, InjectDatabase } from './database.module.js';
export { dataSourceOptions } from './data-source-options.js';
export { MigrationRefusedError } from './migration-refused.js';
export { runMigrations, type MigrationRun } from './run-migrations.js';
export { isSignInRefused, refusedSignIns } from './refused-sign-ins.js';
export { findSchemaDrift } from './find-schema-drift.js';
export { PrimaryWatch } from './primary-watch.js';
export { reader, writesFor, type Reader } from './reader.js';
export { later, parseLsn, type WalPosition } from './wal-position.js';
