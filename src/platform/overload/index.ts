/** Overload: bounded lanes for costly work, so that one kind of it cannot starve the others. */
export { Bulkhead, type BulkheadOptions } from './bulkhead.js';
