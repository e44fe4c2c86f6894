/** The payment or refund of ours that an event of the provider's is about. */
export type EventSubject =
  /** `mayHoldMoney` is false for an event that says that the provider holds no money, or no longer. */
  | { readonly kind: 'payment'; readonly id: string; readonly accountId: string; readonly mayHoldMoney: boolean }
  | { readonly kind: 'refund'; readonly id: string };

/**
 * An event that the provider sent. It is a hint only, because events come twice, late and in any order: what has
 * happened is read from the provider's record (ADR 029).
 */
export interface ProviderEvent {
  readonly id: string;
  readonly type: string;
  /** Undefined for an event that is about no payment or refund of ours. */
  readonly subject: EventSubject | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** The events by which the provider has authorized or captured money. */
const MONEY_EVENTS = new Set([
  'payment_intent.amount_capturable_updated',
  'payment_intent.requires_action',
  'payment_intent.succeeded',
  'charge.succeeded',
  'charge.captured',
]);

/**
 * Finds the subject of an event by the ids that we send with each call.
 * @param metadata of the event's object
 */
export function subjectOf(
  type: string,
  metadata: Readonly<Record<string, string>> | null | undefined,
): EventSubject | undefined {
  const { payment, account, refund } = metadata ?? {};
  if (refund !== undefined && UUID.test(refund)) return { kind: 'refund', id: refund };
  if (payment === undefined || account === undefined || !UUID.test(payment) || !UUID.test(account)) return undefined;
  return { kind: 'payment', id: payment, accountId: account, mayHoldMoney: MONEY_EVENTS.has(type) };
}
