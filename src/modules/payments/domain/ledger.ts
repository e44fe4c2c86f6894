/** `cash` is what the provider holds for us, `revenue` what was earned, `refunds` what was refunded. */
export type LedgerAccount = 'cash' | 'revenue' | 'refunds';

/** One side of a posting: debits are positive, credits negative. */
export interface LedgerEntry {
  readonly account: LedgerAccount;
  readonly currency: string;
  readonly amountMinor: bigint;
}

/** A transaction as it stands in the ledger. */
export interface PostedTransaction {
  readonly id: string;
  readonly kind: string;
  readonly occurredAt: Date;
  readonly postedAt: Date;
  readonly entries: readonly LedgerEntry[];
}

/** The entries of a captured payment. */
export function postCapture(amountMinor: bigint, currency: string): LedgerEntry[] {
  return transfer('revenue', 'cash', amountMinor, currency);
}

/** The entries of a refund. */
export function postRefund(amountMinor: bigint, currency: string): LedgerEntry[] {
  return transfer('cash', 'refunds', amountMinor, currency);
}

function transfer(from: LedgerAccount, to: LedgerAccount, amountMinor: bigint, currency: string): LedgerEntry[] {
  if (amountMinor <= 0n) throw new RangeError(`A posting moves a positive amount, not ${amountMinor}.`);
  return [
    { account: to, currency, amountMinor },
    { account: from, currency, amountMinor: -amountMinor },
  ];
}
