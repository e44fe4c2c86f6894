import { counter } from '../observability/index.js';

/** What the limits count. */
export const throttlingMetrics = {
  throttled: counter('bulwark_throttled_total', 'Requests refused by a limit.', ['layer']),
};
