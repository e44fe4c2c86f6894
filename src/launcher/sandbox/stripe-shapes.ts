import type { Charge, Refund } from './provider-record.js';

/** An answer of the provider's API. */
export interface Answer {
  status: number;
  body: unknown;
}

const INTENT_STATUS = { authorized: 'requires_capture', captured: 'succeeded', voided: 'canceled', declined: 'requires_payment_method' } as const;

/** A charge as the API's PaymentIntent. */
export function toPaymentIntent(charge: Charge): Record<string, unknown> {
  return {
    id: charge.id,
    object: 'payment_intent',
    amount: charge.amount,
    amount_capturable: charge.status === 'authorized' ? charge.amount : 0,
    amount_received: charge.status === 'captured' ? charge.amount : 0,
    capture_method: 'manual',
    created: Math.floor(charge.createdAt / 1_000),
    currency: charge.currency,
    latest_charge: charge.id.replace(/^pi_/, 'ch_'),
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
    status: 'succeeded',
  };
}

export function toList(url: string, data: unknown[]): Record<string, unknown> {
  return { object: url.endsWith('/search') ? 'search_result' : 'list', url, has_more: false, data };
}

/** An error in the provider's shape. */
export function providerError(status: number, error: Record<string, unknown>): Answer {
  return { status, body: { error: { doc_url: 'https://docs.stripe.com/error-codes', ...error } } };
}

export const invalidRequest = (message: string, code = 'parameter_invalid'): Answer => providerError(400, { type: 'invalid_request_error', code, message });
export const noSuch = (what: string, id: string): Answer => providerError(404, { type: 'invalid_request_error', code: 'resource_missing', message: `No such ${what}: '${id}'` });
export const serverError = (): Answer => providerError(500, { type: 'api_error', message: 'An error occurred with our connection to the card network.' });
