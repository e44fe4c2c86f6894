import { counter } from '../observability/index.js';

/** What the idempotency capability counts. */
export const idempotencyMetrics = {
  requests: counter('bulwark_idempotency_total', 'Requests with an idempotency key by outcome.', ['outcome']),
};
