/** Consistency: callers read their own writes, from a replica as soon as it has replayed them (ADR 012). */
export { ConsistencyModule } from './consistency.module.js';
export { OwnWrites } from './own-writes.js';
export { mayBypassCaches, registerConsistencyHooks } from './consistency-hooks.js';
export { ReadsPrimary, InvalidatesCache } from './route-marks.js';
