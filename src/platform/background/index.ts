/** Background: repeated work, waits with a deadline, bounded concurrency; what runs in the worker process only. */
export { RunsInWorker, type BackgroundTask } from './runs-in-worker.js';
export { RepeatingTask, type RepeatingTaskOptions } from './repeating-task.js';
export { DeadlineExceededError, resultOrLate, withDeadline } from './deadline.js';
export { inBatches, type BatchBounds } from './in-batches.js';
export { Bulkhead, type BulkheadOptions } from './bulkhead.js';
