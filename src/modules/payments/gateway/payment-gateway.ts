import type { ProviderOutcome, ProviderState } from '../domain/next-step.js';
import type { ChargeRecord } from '../domain/reconciliation.js';

/** A card payment to be authorized. */
export interface Authorization {
  readonly paymentId: string;
  readonly accountId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly cardToken: string;
}

/** A captured payment, or a part of it, to be refunded. */
export interface RefundRequest {
  readonly refundId: string;
  /** The provider's id of the payment. */
  readonly providerId: string;
  readonly amountMinor: bigint;
  /** Whether an earlier attempt may have made it: then the provider's record is read first, since its keys expire. */
  readonly isRepeat: boolean;
}

/** The outcome of a refund; the kinds mean the same as those of a `ProviderOutcome`. */
export type RefundOutcome =
  | { readonly kind: 'refunded' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'unknown' };

/** Charges made within a period, its end excluded, or those of one payment. */
export type ChargeQuery = { readonly from: Date; readonly to: Date } | { readonly paymentId: string };

/** A page of the provider's record. */
export interface ChargePage {
  readonly charges: readonly ChargeRecord[];
  /** Hand it in for the next page; undefined on the last. */
  readonly next: string | undefined;
}

/** The moment, in milliseconds of the epoch, at which a call gives up. */
export type Deadline = number;

/** Where a payment provider is plugged in. */
export const PAYMENT_GATEWAY = Symbol('PaymentGateway');

/**
 * The port to the payment provider. Each call is idempotent by a key derived from the payment, bounded in time, and
 * retried where that is safe. It never throws for an answer of the provider's, nor for a lost one: that is `unknown`.
 */
export interface PaymentGateway {
  /** False while the breaker is open. Check it before anything is reserved. */
  isAvailable(): boolean;
  authorize(authorization: Authorization, deadline: Deadline): Promise<ProviderOutcome>;
  capture(paymentId: string, providerId: string, deadline: Deadline): Promise<ProviderOutcome>;
  /** Voids an authorization, so that the customer's money is not held for nothing. */
  void(paymentId: string, providerId: string, deadline: Deadline): Promise<ProviderOutcome>;
  refund(refund: RefundRequest, deadline: Deadline): Promise<RefundOutcome>;
  /** The provider's record of a payment; undefined when it could not be read or is undecided. */
  find(paymentId: string, deadline: Deadline): Promise<ProviderState | undefined>;
  /** A page of our charges at the provider, the newest first; undefined when it could not be read. */
  charges(query: ChargeQuery, after: string | undefined, deadline: Deadline): Promise<ChargePage | undefined>;
}
