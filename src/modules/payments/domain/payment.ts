/** What a payment can be. `processing` always ends as one of the others. */
export type PaymentStatus = 'processing' | 'captured' | 'failed';

/** One item of a payment, at the price that was true when it was paid. */
export interface PaymentLine {
  readonly itemId: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly unitPriceMinor: bigint;
}

/** A payment as it is recorded. */
export interface Payment {
  readonly id: string;
  readonly accountId: string;
  readonly reference: string | null;
  readonly status: PaymentStatus;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly refundedMinor: bigint;
  readonly providerId: string | null;
  /** Why it failed, in the provider's word. */
  readonly failure: string | null;
  readonly lines: readonly PaymentLine[];
  readonly createdAt: Date;
  readonly capturedAt: Date | null;
}

/** What the provider knows of a payment. */
export type ProviderState =
  | { readonly kind: 'none' }
  | { readonly kind: 'authorized' | 'captured'; readonly providerId: string }
  /** It waits for something that we do not offer, such as a second factor; until it is let go it may still be taken. */
  | { readonly kind: 'blocked'; readonly providerId: string; readonly reason: string }
  | { readonly kind: 'declined' | 'voided'; readonly reason: string };

/** What a call to the provider came to. */
export type ProviderOutcome =
  | Exclude<ProviderState, { readonly kind: 'none' }>
  /** It certainly did nothing. */
  | { readonly kind: 'unavailable' }
  /** It may or may not have happened. */
  | { readonly kind: 'unknown' };

/** The next step of a payment that is not settled. */
export type Step =
  | { readonly kind: 'authorize' }
  | { readonly kind: 'capture'; readonly providerId: string }
  /** Lets go of money that is held for a payment that will never be. */
  | { readonly kind: 'release'; readonly providerId: string; readonly reason: string }
  | { readonly kind: 'record'; readonly providerId: string }
  /** `isProven` says that the provider itself has ended it; otherwise it may still come to hold money, and is asked again later. */
  | { readonly kind: 'fail'; readonly reason: string; readonly isProven: boolean }
  | { readonly kind: 'abandon' }
  | { readonly kind: 'wait' };

/** Why a payment failed that nobody finished in its time. */
export const EXPIRED = 'expired';

/**
 * Decides the next step from what the provider has said last: the whole state machine of taking money.
 * @param isExpired whether the customer has left long ago: then nothing more is taken, and what is held is let go
 */
export function nextStep(known: ProviderState | ProviderOutcome, isExpired = false): Step {
  switch (known.kind) {
    case 'none':
      return isExpired ? { kind: 'fail', reason: EXPIRED, isProven: false } : { kind: 'authorize' };
    case 'authorized':
      return isExpired
        ? { kind: 'release', providerId: known.providerId, reason: EXPIRED }
        : { kind: 'capture', providerId: known.providerId };
    case 'blocked':
      return { kind: 'release', providerId: known.providerId, reason: known.reason };
    case 'captured':
      return { kind: 'record', providerId: known.providerId };
    case 'declined':
    case 'voided':
      return { kind: 'fail', reason: known.reason, isProven: true };
    case 'unavailable':
      return { kind: 'abandon' };
    case 'unknown':
      return { kind: 'wait' };
  }
}

/** Seconds until an unknown outcome is looked at again, after the n-th look (from 0): 5 s, 15 s, 1 min, 5 min, 1 h, then daily. */
export function secondsUntilNextAttempt(looks: number): number {
  return [5, 15, 60, 300, 3_600][looks] ?? 86_400;
}

/**
 * The same for a payment, which must not miss the moment at which it expires.
 * @param secondsToExpiry negative once it has expired
 */
export function secondsUntilNextPaymentAttempt(looks: number, secondsToExpiry: number): number {
  const scheduled = secondsUntilNextAttempt(looks);
  return secondsToExpiry > 0 ? Math.min(scheduled, Math.ceil(secondsToExpiry) + 1) : scheduled;
}

/**
 * Seconds until the provider is asked again about a payment that failed here without its word, after the n-th look
 * (from 0); undefined when nothing can come any more. Its search may lag by minutes, and a call that we gave up on may
 * still arrive; a hold that is found is let go well within a quarter of an hour.
 */
export function secondsUntilNextOrphanCheck(looks: number): number | undefined {
  return [30, 120, 300, 3_600][looks];
}

/** Keys under which the provider does each step once, whoever asks and how often. Never derived from the amount. */
export function providerKey(id: string, step: 'authorize' | 'capture' | 'void' | 'refund'): string {
  return `${id}:${step}`;
}
