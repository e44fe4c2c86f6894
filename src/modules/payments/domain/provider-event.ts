/** What an event of the provider's is about, in our terms. */
export type EventSubject =
  /** `mayHoldMoney` is false for news of money that is not, or no longer, with the provider. */
  | { readonly kind: 'payment'; readonly id: string; readonly accountId: string; readonly mayHoldMoney: boolean }
  | { readonly kind: 'refund'; readonly id: string };

/**
 * Something that the provider told us by itself. It is a hint and no truth: events come twice, late and in any order, so
 * what has happened is asked for again where it matters.
 */
export interface ProviderEvent {
  readonly id: string;
  readonly type: string;
  /** Undefined for an event about nothing of ours. */
  readonly subject: EventSubject | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** News that the provider holds or has taken money. */
const HOLDING = new Set([
  'payment_intent.amount_capturable_updated',
  'payment_intent.requires_action',
  'payment_intent.succeeded',
  'charge.succeeded',
  'charge.captured',
]);

/**
 * Finds what an event is about by the ids that we gave the provider along with each call.
 * @param metadata what stands with the object of the event, in the provider's own record
 */
export function subjectOf(
  type: string,
  metadata: Readonly<Record<string, string>> | null | undefined,
): EventSubject | undefined {
  const { payment, account, refund } = metadata ?? {};
  if (refund !== undefined && UUID.test(refund)) return { kind: 'refund', id: refund };
  if (payment === undefined || account === undefined || !UUID.test(payment) || !UUID.test(account)) return undefined;
  return { kind: 'payment', id: payment, accountId: account, mayHoldMoney: HOLDING.has(type) };
}
