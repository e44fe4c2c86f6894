import Stripe from 'stripe';
import type { ProviderOutcome, ProviderState } from '../domain/next-step.js';
import type { RefundOutcome } from './payment-gateway.js';

/**
 * Which answers of the provider make an outcome known (ADR 006). Everything else is unknown: the payment stays
 * `processing`, the customer gets 202, and `recover-payments.ts` asks the provider again until the outcome is known.
 * Pure: it maps answers and errors of the provider's SDK to our terms.
 */

/** How a call failed. What each class means for the money is decided in `stripe-gateway.ts`. */
export type CallFailure =
  /** Known: it had no effect. The connection or the request was refused, or the call was not made. */
  | 'no-effect'
  /** The provider answered 5xx or 409. Its own record shows whether the call had an effect. */
  | 'error-response'
  /** No answer: the call may have had its effect, or may have it later. Its record proves nothing yet. */
  | 'no-response';

/** Refused before the request was examined: a wrong key, a forbidden call, too many calls. */
const REFUSED_STATUSES: ReadonlySet<number> = new Set([401, 403, 429]);

/** @returns undefined for an answer that is no failure of the call, such as a decline */
export function classifyFailure(error: unknown): CallFailure | undefined {
  if (error instanceof Stripe.errors.StripeConnectionError)
    return isConnectionRefused(error) ? 'no-effect' : 'no-response';
  if (!(error instanceof Stripe.errors.StripeError)) return undefined;
  const statusCode = error.statusCode ?? 0;
  if (REFUSED_STATUSES.has(statusCode)) return 'no-effect';
  return statusCode === 409 || statusCode >= 500 ? 'error-response' : undefined;
}

function isConnectionRefused(error: { detail?: unknown; cause?: unknown; message: string }): boolean {
  const codes = [error.detail, error.cause].map((inner) => (inner as { code?: unknown } | undefined)?.code);
  return (
    codes.some((code) => code === 'ECONNREFUSED' || code === 'ENOTFOUND') ||
    /ECONNREFUSED|ENOTFOUND/.test(error.message)
  );
}

/** The statuses of an intent that waits for a second factor or a confirmation. */
const BLOCKED: ReadonlySet<string> = new Set(['requires_action', 'requires_confirmation']);

type IntentOutcome = Exclude<ProviderState, { kind: 'none' }> | { readonly kind: 'unknown' };

/** What an intent of the provider's says about the money. */
export function outcomeOfIntent(intent: { id: string; status: string }): IntentOutcome {
  if (intent.status === 'succeeded') return { kind: 'captured', providerId: intent.id };
  if (intent.status === 'requires_capture') return { kind: 'authorized', providerId: intent.id };
  if (intent.status === 'canceled') return { kind: 'voided', reason: 'canceled' };
  // The provider has not decided: the money may still be taken, so this is no decline.
  if (intent.status === 'processing') return { kind: 'unknown' };
  // We offer no second factor. Left alone, the intent could still be paid.
  if (BLOCKED.has(intent.status))
    return {
      kind: 'blocked',
      providerId: intent.id,
      reason: intent.status === 'requires_action' ? 'authentication_required' : intent.status,
    };
  return { kind: 'declined', reason: intent.status };
}

/** A refusal is a known outcome: a decline, or the present state of an intent that is further than we assumed. */
export function outcomeOfRefusal(error: InstanceType<typeof Stripe.errors.StripeError>): ProviderOutcome {
  const intent = error.payment_intent as { id: string; status: string } | undefined;
  if (error.code === 'payment_intent_unexpected_state' && intent) return outcomeOfIntent(intent);
  return { kind: 'declined', reason: error.decline_code ?? error.code ?? error.type };
}

/** The state of a payment that has several intents. @returns undefined while one that may take money is undecided */
export function mostAdvancedState(intents: readonly { id: string; status: string }[]): ProviderState | undefined {
  const outcomes = intents.map(outcomeOfIntent);
  const most =
    outcomes.find(({ kind }) => kind === 'captured') ??
    outcomes.find(({ kind }) => kind === 'authorized') ??
    outcomes.find(({ kind }) => kind === 'blocked') ??
    outcomes.find(({ kind }) => kind === 'unknown');
  const state = most ?? outcomes[0] ?? { kind: 'none' };
  return state.kind === 'unknown' ? undefined : state;
}

/** What a refund of the provider's says about the money. */
export function outcomeOfRefund({ status }: { status: string | null }): RefundOutcome {
  // Accepted, but the bank has not confirmed it: an event or a later attempt brings the end.
  if (status === 'pending' || status === 'requires_action') return { kind: 'unknown' };
  return status === 'failed' || status === 'canceled' ? { kind: 'refused', reason: status } : { kind: 'refunded' };
}
