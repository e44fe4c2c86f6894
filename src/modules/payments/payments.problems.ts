import { defineProblems } from '../../platform/problems/index.js';

/** What the payments context refuses. */
export const PaymentProblems = defineProblems({
  mixed_currencies: {
    status: 400,
    title: 'One payment has one currency',
    repair: 'Pay the items of each currency on their own.',
    log: 'debug',
    retry: false,
  },
  item_unavailable: {
    status: 409,
    title: 'An item is no longer sold',
    repair: 'Remove the items named in `lines` and try again with a new key.',
    log: 'debug',
    retry: false,
  },
  price_changed: {
    status: 409,
    title: 'A price has changed',
    repair: 'Show the current prices in `lines`; pay with them and a new key when they are accepted.',
    log: 'info',
    retry: false,
  },
  insufficient_stock: {
    status: 409,
    title: 'Not enough is in stock',
    repair: 'Lower the quantities of the items named in `lines` and try again with a new key.',
    log: 'info',
    retry: false,
  },
  card_declined: {
    status: 402,
    title: 'The card was declined',
    repair: 'Try again with another payment method and a new key; `reason` is what the provider said.',
    log: 'info',
    retry: false,
  },
  already_paid: {
    status: 409,
    title: 'This order is paid already',
    repair: 'Look at the payment named in `paymentId`.',
    log: 'info',
    retry: false,
  },
  payment_provider_unavailable: {
    status: 503,
    title: 'The payment provider cannot be reached',
    repair: 'Nothing was charged. Try again with the same key after the seconds in `Retry-After`.',
    log: 'warn',
    retry: true,
  },
  not_refundable: {
    status: 409,
    title: 'This payment cannot be refunded',
    repair: 'Only a captured payment can be refunded.',
    log: 'info',
    retry: false,
  },
  refund_exceeds_captured: {
    status: 409,
    title: 'The refund is larger than what is left',
    repair: 'Refund at most what was captured and not yet refunded.',
    log: 'info',
    retry: false,
  },
  webhook_signature_invalid: {
    status: 401,
    title: 'The signature is not valid',
    repair: 'Sign the bytes of the body with the current webhook secret, and send them within five minutes.',
    log: 'warn',
    retry: false,
  },
});
