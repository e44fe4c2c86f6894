import { HttpProblems, defineProblems, type Problem } from '../problems/index.js';

/** What webhooks refuse. */
export const WebhookProblems = defineProblems({
  webhook_target_refused: {
    status: 422,
    title: 'Webhook URL not allowed',
    repair: 'Use a public https URL on port 443 or 8443, its host written plainly, without credentials and fragment.',
    log: 'info',
    retry: false,
  },
  too_many_webhook_endpoints: {
    status: 409,
    title: 'Too many webhook endpoints',
    repair: 'Remove one that you no longer need.',
    log: 'info',
    retry: false,
  },
  webhook_endpoint_disabled: {
    status: 409,
    title: 'Webhook endpoint disabled',
    repair: 'Enable it, then try again with a new key.',
    log: 'info',
    retry: false,
  },
});

/** The same for a malformed id, an unknown one and one of another account. */
export const noSuchEndpoint = (): Problem => HttpProblems.not_found('There is no webhook endpoint with this id.');
export const noSuchDelivery = (): Problem => HttpProblems.not_found('There is no delivery with this id.');
