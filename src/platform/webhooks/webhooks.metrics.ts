import { counter, gauge } from '../observability/index.js';

/** Metrics of the deliveries. */
export const webhookMetrics = {
  deliveries: counter('bulwark_webhook_deliveries_total', 'Attempts to deliver a webhook, by outcome.', ['outcome']),
  deliveriesPending: gauge(
    'bulwark_webhook_deliveries_pending',
    'Webhooks that are neither delivered nor dead.',
    [],
    'max',
  ),
};
