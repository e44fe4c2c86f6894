import { counter } from '../observability/index.js';

/** Metrics of the limits. */
export const throttlingMetrics = {
  throttled: counter('bulwark_throttled_total', 'Requests refused by a limit.', ['layer']),
};
