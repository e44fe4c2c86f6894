/** Database: one least-privileged role and one bounded pool per context; reads may go to a replica, writes to the primary. */
export { ContextDatabase, afterCommit, type Transaction } from './context-database.js';
export { DatabaseModule, InjectDatabase } from './database.module.js';
export { dataSourceOptions } from './data-source-options.js';
export { runMigrations } from './run-migrations.js';
export { findSchemaDrift } from './find-schema-drift.js';
