/**
 * Retention: every context declares how long the rows of its tables stay, and one task in the worker deletes what has
 * outlived that, in bounded batches (ADR 034).
 */
export { RetentionModule } from './retention.module.js';
/** Contexts declare their tables, in `onModuleInit`. */
export { RetainedTables } from './retained-tables.js';
/** What a context says about one table. */
export { days, type RetentionRule, type TableRetention } from './table-retention.js';
