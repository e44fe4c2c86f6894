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
  | { readonly kind: 'declined' | 'voided'; readonly reason: string };

/** What a call to the provider came to. */
export type ProviderOutcome =
  | { readonly kind: 'authorized' | 'captured'; readonly providerId: string }
  | { readonly kind: 'declined' | 'voided'; readonly reason: string }
  /** It certainly did nothing. */
  | { readonly kind: 'unavailable' }
  /** It may or may not have happened. */
  | { readonly kind: 'unknown' };

/** The next step of a payment that is not settled. */
export type Step =
  | { readonly kind: 'authorize' }
  | { readonly kind: 'capture'; readonly providerId: string }
  | { readonly kind: 'record'; readonly providerId: string }
  | { readonly kind: 'fail'; readonly reason: string }
  | { readonly kind: 'abandon' }
  | { readonly kind: 'wait' };

/** Decides the next step from what the provider has said last: the whole state machine of taking money. */
export function nextStep(known: ProviderState | ProviderOutcome): Step {
  switch (known.kind) {
    case 'none':
      return { kind: 'authorize' };
    case 'authorized':
      return { kind: 'capture', providerId: known.providerId };
    case 'captured':
      return { kind: 'record', providerId: known.providerId };
    case 'declined':
    case 'voided':
      return { kind: 'fail', reason: known.reason };
    case 'unavailable':
      return { kind: 'abandon' };
    case 'unknown':
      return { kind: 'wait' };
  }
}

/** Seconds until an unknown outcome is looked at again, after the n-th look (from 0): 5 s, 15 s, 1 min, 5 min, 1 h, then daily. */
export function secondsUntilNextLook(looks: number): number {
  return [5, 15, 60, 300, 3_600][looks] ?? 86_400;
}

/** Keys under which the provider does each step once, whoever asks and how often. Never derived from the amount. */
export function providerKey(id: string, step: 'authorize' | 'capture' | 'void' | 'refund'): string {
  return `${id}:${step}`;
}
