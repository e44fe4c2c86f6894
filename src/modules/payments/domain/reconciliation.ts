/** A charge as the provider's own record has it. */
export interface ChargeRecord {
  readonly providerId: string;
  readonly paymentId: string;
  /** `held` is authorized and neither taken nor let go; `none` holds nothing. */
  readonly state: 'held' | 'captured' | 'none';
  readonly amountMinor: bigint;
  readonly refundedMinor: bigint;
  readonly currency: string;
  readonly createdAt: Date;
}

/** What the ledger's cash account has of one payment. */
export interface PostedCash {
  readonly paymentId: string;
  readonly currency: string;
  readonly cashMinor: bigint;
}

/** How the provider and the ledger can differ about a payment. */
export type DifferenceKind =
  /** The provider has money of which the ledger knows nothing. */
  | 'not_posted'
  /** The ledger has money of which the provider knows nothing. */
  | 'not_at_provider'
  | 'amount_differs'
  /** More than one charge was taken for it. */
  | 'charged_twice'
  /** Its money is held, and nobody has taken it or let it go for long. */
  | 'held';

/** A payment on which provider and ledger do not agree. */
export interface Difference {
  readonly paymentId: string;
  readonly kind: DifferenceKind;
  readonly currency: string;
  readonly providerMinor: bigint;
  readonly ledgerMinor: bigint;
  /** Young enough that recovery or the outbox may be about to end it. */
  readonly isSettling: boolean;
}

/** Whatever is on its way has arrived within this, or something is wrong. */
const SETTLED_WITHIN_MS = 15 * 60_000;

interface Sides {
  readonly paymentId: string;
  readonly currency: string;
  providerMinor: bigint;
  ledgerMinor: bigint;
  captures: number;
  heldMinor: bigint;
  youngestMs: number;
}

/** Compares what the provider holds for us with what the ledger says, payment by payment and currency by currency. */
export function compareBooks(
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
    // What was given back in full is a payment that came to nothing, not one that was taken.
    if (charge.refundedMinor < charge.amountMinor) sides.captures += 1;
  }
  for (const { paymentId, currency, cashMinor } of posted) sidesOf(paymentId, currency).ledgerMinor += cashMinor;
  return [...all.values()].flatMap((sides) => judge(sides, nowMs - sides.youngestMs < SETTLED_WITHIN_MS));
}

function judge(
  { paymentId, currency, providerMinor, ledgerMinor, captures, heldMinor }: Sides,
  isSettling: boolean,
): Difference[] {
  const difference = (kind: DifferenceKind, provider = providerMinor): Difference => ({
    paymentId,
    kind,
    currency,
    providerMinor: provider,
    ledgerMinor,
    isSettling,
  });
  const found: Difference[] = [];
  if (captures > 1) found.push(difference('charged_twice'));
  if (heldMinor > 0n) found.push(difference('held', heldMinor));
  if (providerMinor === ledgerMinor) return found;
  const kind = ledgerMinor === 0n ? 'not_posted' : providerMinor === 0n ? 'not_at_provider' : 'amount_differs';
  return [...found, difference(kind)];
}
