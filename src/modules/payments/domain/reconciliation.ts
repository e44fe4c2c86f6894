/** A charge as the provider's own record has it. */
export interface ChargeRecord {
  readonly providerId: string;
  readonly paymentId: string;
  /** `held`: authorized, neither captured nor voided. `none`: the provider holds nothing. */
  readonly state: 'held' | 'captured' | 'none';
  readonly amountMinor: bigint;
  readonly refundedMinor: bigint;
  readonly currency: string;
  readonly createdAt: Date;
}

/** The balance of one payment on the ledger's cash account. */
export interface PostedCash {
  readonly paymentId: string;
  readonly currency: string;
  readonly cashMinor: bigint;
}

/** The ledger compared with the provider's record over a period of days, both included. */
export interface Reconciliation {
  readonly from: string;
  readonly to: string;
  /** How many charges of the provider's were compared. */
  readonly compared: number;
  /** False when the period holds more than one report can compare. */
  readonly isComplete: boolean;
  readonly differences: readonly Difference[];
}

/** How the provider and the ledger can differ about a payment. */
export type DifferenceKind =
  /** The provider has money that was not posted. */
  | 'not_posted'
  /** The ledger has money that the provider does not have. */
  | 'not_at_provider'
  | 'amount_differs'
  /** More than one charge was captured for it. */
  | 'charged_twice'
  /** Its money is authorized, and neither captured nor voided. */
  | 'held';

/** A payment on which provider and ledger do not agree. */
export interface Difference {
  readonly paymentId: string;
  readonly kind: DifferenceKind;
  readonly currency: string;
  readonly providerMinor: bigint;
  readonly ledgerMinor: bigint;
  /** So recent that recovery or the outbox may not have ended it yet. */
  readonly isRecent: boolean;
}

/** Recovery and the outbox have ended a payment within this time, or something is wrong. */
const RECENT_MS = 15 * 60_000;

interface Sides {
  readonly paymentId: string;
  readonly currency: string;
  providerMinor: bigint;
  ledgerMinor: bigint;
  captures: number;
  heldMinor: bigint;
  youngestMs: number;
}

/** Compares the provider's charges with the ledger's cash, per payment and currency. */
export function compareWithProvider(
  charges: readonly ChargeRecord[],
  posted: readonly PostedCash[],
  nowMs: number,
): Difference[] {
  const all = new Map<string, Sides>();
  const sidesOf = (paymentId: string, currency: string): Sides => {
    const key = `${paymentId} ${currency}`;
    const known = all.get(key) ?? {
      paymentId,
      currency,
      providerMinor: 0n,
      ledgerMinor: 0n,
      captures: 0,
      heldMinor: 0n,
      youngestMs: 0,
    };
    all.set(key, known);
    return known;
  };
  for (const charge of charges) {
    const sides = sidesOf(charge.paymentId, charge.currency);
    sides.youngestMs = Math.max(sides.youngestMs, charge.createdAt.getTime());
    if (charge.state === 'held') sides.heldMinor += charge.amountMinor;
    if (charge.state !== 'captured') continue;
    sides.providerMinor += charge.amountMinor - charge.refundedMinor;
    // A charge that was refunded in full does not count as a second capture.
    if (charge.refundedMinor < charge.amountMinor) sides.captures += 1;
  }
  for (const { paymentId, currency, cashMinor } of posted) sidesOf(paymentId, currency).ledgerMinor += cashMinor;
  return [...all.values()].flatMap((sides) => differencesOf(sides, nowMs - sides.youngestMs < RECENT_MS));
}

function differencesOf(
  { paymentId, currency, providerMinor, ledgerMinor, captures, heldMinor }: Sides,
  isRecent: boolean,
): Difference[] {
  const difference = (kind: DifferenceKind, provider = providerMinor): Difference => ({
    paymentId,
    kind,
    currency,
    providerMinor: provider,
    ledgerMinor,
    isRecent,
  });
  const found: Difference[] = [];
  if (captures > 1) found.push(difference('charged_twice'));
  if (heldMinor > 0n) found.push(difference('held', heldMinor));
  if (providerMinor === ledgerMinor) return found;
  const kind = ledgerMinor === 0n ? 'not_posted' : providerMinor === 0n ? 'not_at_provider' : 'amount_differs';
  return [...found, difference(kind)];
}
