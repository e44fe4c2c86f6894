/** The state of a payment in the provider's record. */
export type ProviderState =
  | { readonly kind: 'none' }
  | { readonly kind: 'authorized' | 'captured'; readonly providerId: string }
  /** It waits for a second factor, which we do not offer; until it is voided it may still be captured. */
  | { readonly kind: 'blocked'; readonly providerId: string; readonly reason: string }
  | { readonly kind: 'declined' | 'voided'; readonly reason: string };

/** The outcome of a call to the provider (ADR 006; `gateway/provider-outcomes.ts` maps answers to it). */
export type ProviderOutcome =
  | Exclude<ProviderState, { readonly kind: 'none' }>
  /** Known to have had no effect. */
  | { readonly kind: 'unavailable' }
  /** The answer is lost or undecided: the money may have moved, or may move later. */
  | { readonly kind: 'unknown' };

/** The next step of a payment that is processing. */
export type Step =
  | { readonly kind: 'authorize' }
  | { readonly kind: 'capture'; readonly providerId: string }
  /** Voids the authorization of a payment that will not be captured. */
  | { readonly kind: 'void'; readonly providerId: string; readonly reason: string }
  /** Records the capture. */
  | { readonly kind: 'record'; readonly providerId: string }
  /** `isProven`: the provider itself has ended it. Otherwise it may still take money, and an orphan check follows. */
  | { readonly kind: 'fail'; readonly reason: string; readonly isProven: boolean }
  /** Undoes the payment: nothing was charged. */
  | { readonly kind: 'abandon' }
  /** Leaves the payment `processing`: `recover-payments.ts` asks the provider again later. */
  | { readonly kind: 'await-recovery' };

/** Why a payment failed that was not finished in its time. */
export const EXPIRED = 'expired';

/**
 * Decides the next step from the provider's last answer: the whole state machine of a payment.
 * @param isExpired whether the payment is too old to be taken: then it is not charged, and an authorization is voided
 */
export function nextStep(known: ProviderState | ProviderOutcome, isExpired = false): Step {
  switch (known.kind) {
    case 'none':
      return isExpired ? { kind: 'fail', reason: EXPIRED, isProven: false } : { kind: 'authorize' };
    case 'authorized':
      return isExpired
        ? { kind: 'void', providerId: known.providerId, reason: EXPIRED }
        : { kind: 'capture', providerId: known.providerId };
    case 'blocked':
      return { kind: 'void', providerId: known.providerId, reason: known.reason };
    case 'captured':
      return { kind: 'record', providerId: known.providerId };
    case 'declined':
    case 'voided':
      return { kind: 'fail', reason: known.reason, isProven: true };
    case 'unavailable':
      return { kind: 'abandon' };
    case 'unknown':
      return { kind: 'await-recovery' };
  }
}
