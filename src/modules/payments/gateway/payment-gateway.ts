import type { ProviderOutcome, ProviderState } from '../domain/payment.js';
import type { ChargeRecord } from '../domain/reconciliation.js';

/** A card payment to be authorized. */
export interface Authorization {
  readonly paymentId: string;
  readonly accountId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly cardToken: string;
}

/** Money to be given back. */
export interface RefundRequest {
  readonly refundId: string;
  /** The provider's id of the payment. */
  readonly providerId: string;
  readonly amountMinor: bigint;
  readonly isRepeat: boolean;
}

/** What a refund came to. */
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

/** The moment, in milliseconds of the epoch, by which the caller wants to know. */
export type Deadline = number;

/** Where a payment provider is plugged in. */
export const PAYMENT_GATEWAY = Symbol('PaymentGateway');

/**
 * The port to whoever moves the money. Each call is idempotent by a key derived from the payment, bounded in time,
 * retried where that is safe, and never throws for what a provider may answer.
 */
export interface PaymentGateway {
  /** Whether asking makes sense now; false while the breaker is open. Ask before anything is reserved. */
  isAvailable(): boolean;
  authorize(authorization: Authorization, deadline: Deadline): Promise<ProviderOutcome>;
  capture(paymentId: string, providerId: string, deadline: Deadline): Promise<ProviderOutcome>;
  /** Lets an authorization go, so that the customer's money is not held for nothing. */
  void(paymentId: string, providerId: string, deadline: Deadline): Promise<ProviderOutcome>;
  /** @param isRepeat whether it may have been asked for before: then the provider's record is looked at first, since its keys die */
  refund(refund: RefundRequest, deadline: Deadline): Promise<RefundOutcome>;
  /** What the provider knows of a payment; undefined when it cannot be asked. */
  find(paymentId: string, deadline: Deadline): Promise<ProviderState | undefined>;
  /** A page of the provider's own record, the newest first; undefined when it cannot be asked. Charges of nothing of ours are left out. */
  charges(query: ChargeQuery, after: string | undefined, deadline: Deadline): Promise<ChargePage | undefined>;
}
