import type { Charge, Refund } from './provider-record.js';

/** An answer of the provider's API. */
export interface Answer {
  status: number;
  body: unknown;
}

const INTENT_STATUS = {
  authorized: 'requires_capture',
  captured: 'succeeded',
  voided: 'canceled',
  declined: 'requires_payment_method',
  blocked: 'requires_action',
} as const;
/** How long the bank takes over a refund of `tok_pending_refund`. */
export const REFUND_PENDING_MS = 3_000;

/** A charge as the API's PaymentIntent; expanded, it says how much of it was refunded. */
export function toPaymentIntent(charge: Charge, expanded = false): Record<string, unknown> {
  const chargeId = charge.id.replace(/^pi_/, 'ch_');
  return {
    id: charge.id,
    object: 'payment_intent',
    amount: charge.amount,
    amount_capturable: charge.status === 'authorized' ? charge.amount : 0,
    amount_received: charge.status === 'captured' ? charge.amount : 0,
    capture_method: 'manual',
    created: Math.floor(charge.createdAt / 1_000),
    currency: charge.currency,
    latest_charge: expanded
      ? {
          id: chargeId,
          object: 'charge',
          amount: charge.amount,
          amount_refunded: charge.refunded,
          refunded: charge.refunded === charge.amount,
        }
      : chargeId,
    livemode: false,
    metadata: charge.metadata,
    status: INTENT_STATUS[charge.status],
  };
}

/** A refund as the API's Refund. */
export function toRefund(refund: Refund, charge: Charge): Record<string, unknown> {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    created: Math.floor(refund.createdAt / 1_000),
    currency: charge.currency,
    metadata: refund.metadata,
    payment_intent: charge.id,
    status: isPending(refund, charge) ? 'pending' : 'succeeded',
  };
}

/** Whether the bank has not said yet. */
export function isPending({ createdAt }: Refund, { token }: Charge): boolean {
  return token === 'tok_pending_refund' && Date.now() < createdAt + REFUND_PENDING_MS;
}

export function toList(url: string, data: unknown[], hasMore = false): Record<string, unknown> {
  return { object: url.endsWith('/search') ? 'search_result' : 'list', url, has_more: hasMore, data };
}

/** An error in the provider's shape. */
export function providerError(status: number, error: Record<string, unknown>): Answer {
  return { status, body: { error: { doc_url: 'https://docs.stripe.com/error-codes', ...error } } };
}

export const invalidRequest = (message: string, code = 'parameter_invalid'): Answer =>
  providerError(400, { type: 'invalid_request_error', code, message });
export const noSuch = (what: string, id: string): Answer =>
  providerError(404, { type: 'invalid_request_error', code: 'resource_missing', message: `No such ${what}: '${id}'` });
export const serverError = (): Answer =>
  providerError(500, { type: 'api_error', message: 'An error occurred with our connection to the card network.' });
