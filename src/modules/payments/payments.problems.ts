import { toMoneyDto } from '../../platform/http/index.js';
import { HttpProblems, defineProblems, type Problem } from '../../platform/problems/index.js';
import { EXPIRED } from './domain/next-step.js';
import type { QuoteRefusal, QuotedLine } from './domain/order.js';

/** The problems of the payments context. */
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
    title: 'Insufficient stock',
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
  expired: {
    status: 402,
    title: 'The payment expired',
    repair: 'Pay again with a new key; the stock that was held is released.',
    log: 'info',
    retry: false,
  },
  already_paid: {
    status: 409,
    title: 'This order is paid already',
    repair: 'Read the payment named in `paymentId`.',
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

const REFERENCE_FREED_RETRY_SECONDS = 1;
/** How long a client waits before it tries again: the pause of the breaker before the provider. */
const RETRY_AFTER_SECONDS = 5;

/**
 * Why a payment has failed: it was not finished in its time, or the provider, or the bank behind it, declined the card.
 */
export function paymentFailed(reason: string): Problem {
  if (reason === EXPIRED)
    return PaymentProblems.expired('The payment was not finished in its time and is not taken any more.');
  return PaymentProblems.card_declined(`The provider declined the card: ${reason.replaceAll('_', ' ')}.`, {
    extensions: { reason },
  });
}

/** Nothing was charged, and the same key may be used again. */
export function providerUnavailable(): Problem {
  return PaymentProblems.payment_provider_unavailable('The payment provider does not answer; nothing was charged.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/**
 * The order is paid already under another key.
 * @param paymentId undefined when the payment that held the reference has failed meanwhile: then the key must stay free
 */
export function referenceTaken(paymentId: string | undefined): Problem {
  if (paymentId === undefined)
    return HttpProblems.unavailable('An earlier payment of this order has failed just now.', {
      retryAfterSeconds: REFERENCE_FREED_RETRY_SECONDS,
    });
  return PaymentProblems.already_paid('A payment with this reference is there already.', { extensions: { paymentId } });
}

/** Why a quote cannot be paid, with the current lines. */
export function orderRefused(refusal: QuoteRefusal, lines: readonly QuotedLine[]): Problem {
  const missing = lines.filter((line) => !line.found).map(({ itemId, quantity }) => ({ itemId, quantity }));
  if (refusal === 'item_unavailable')
    return PaymentProblems.item_unavailable('An item of the order is not in the catalog.', {
      extensions: { lines: missing },
    });
  if (refusal === 'mixed_currencies')
    return PaymentProblems.mixed_currencies('The items have prices in different currencies.', {
      errors: [{ pointer: '/items', message: 'must have one currency' }],
    });
  const current = lines.map(({ itemId, sku, title, quantity, unitPriceMinor, currency, available }) => ({
    itemId,
    sku,
    title,
    quantity,
    unitPrice: toMoneyDto(unitPriceMinor, currency),
    available,
  }));
  if (refusal === 'price_changed')
    return PaymentProblems.price_changed('A price is not the one that was expected.', {
      extensions: { lines: current },
    });
  const short = current.filter((_, index) => lines[index]?.short);
  return PaymentProblems.insufficient_stock('There is less in stock than the order asks for.', {
    extensions: { lines: short },
  });
}

/** The provider refused the refund. @param reason the provider's code, when it is known */
export function refundRefused(reason?: string): Problem {
  return PaymentProblems.not_refundable(
    reason === undefined
      ? 'The provider refused the refund.'
      : `The provider refused the refund: ${reason.replaceAll('_', ' ')}.`,
  );
}
