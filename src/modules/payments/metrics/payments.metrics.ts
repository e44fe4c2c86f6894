import { counter, gauge } from '../../../platform/observability/index.js';

/** What the payments context measures. */
export const paymentsMetrics = {
  /** `processing`, `refunding`, and `orphan_check`: failed payments that the provider may have charged. */
  pending: gauge(
    'bulwark_payments_pending',
    'Pending payments and refunds, and failed payments that are checked for an orphaned charge.',
    ['status'],
    'max',
  ),
  oldestPendingSeconds: gauge(
    'bulwark_payments_oldest_pending_seconds',
    'Age of the oldest pending operation.',
    ['status'],
    'max',
  ),
  providerEvents: counter('bulwark_provider_events_total', 'Events received from the payment provider, by outcome.', [
    'outcome',
  ]),
};
