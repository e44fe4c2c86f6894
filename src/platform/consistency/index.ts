/** Consistency: callers read what they have written, from a replica as soon as one has it (ADR 012). */
export { ConsistencyModule } from './consistency.module.js';
export { OwnWrites } from './own-writes.js';
export { mayBypassCaches, registerConsistencyHooks } from './consistency-hooks.js';
export { ReadsPrimary, InvalidatesCache } from './route-marks.js';
