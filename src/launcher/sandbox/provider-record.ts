import { randomBytes } from 'node:crypto';

/** A card payment as the provider sees it. */
export interface Charge {
  id: string;
  payment: string;
  account: string;
  amount: number;
  currency: string;
  status: 'authorized' | 'captured' | 'voided' | 'declined' | 'blocked';
  refunded: number;
  token: string;
  metadata: Record<string, string>;
  createdAt: number;
}

export interface Refund {
  id: string;
  charge: string;
  amount: number;
  metadata: Record<string, string>;
  createdAt: number;
}

/** The answer kept for an idempotency key. */
export interface KeptAnswer {
  key: string;
  fingerprint: string;
  status: number;
  body: unknown;
}

/** One request to the provider, as `GET /sandbox/calls` shows it. */
export interface Call {
  operation: string;
  key: string | null;
  payment: string | null;
  at: string;
  outcome: string;
}

/** What the journal holds; the last record of an id is the truth. */
export type JournalRecord = { charge: Charge } | { refund: Refund } | { kept: KeptAnswer } | { call: Call };

/** Older calls are forgotten; the journal on disk keeps them. */
const CALLS_MAX = 200_000;

/** Everything that the provider has recorded. */
export class ProviderRecord {
  readonly charges = new Map<string, Charge>();
  readonly refunds = new Map<string, Refund>();
  readonly kept = new Map<string, KeptAnswer>();
  readonly calls: Call[] = [];
  private readonly byPayment = new Map<string, Set<string>>();

  apply(record: JournalRecord): void {
    if ('charge' in record) this.putCharge(record.charge);
    else if ('refund' in record) this.refunds.set(record.refund.id, record.refund);
    else if ('kept' in record) this.kept.set(record.kept.key, record.kept);
    else {
      this.calls.push(record.call);
      if (this.calls.length > CALLS_MAX) this.calls.splice(0, CALLS_MAX / 10);
    }
  }

  chargesOf(payment: string): Charge[] {
    return [...(this.byPayment.get(payment) ?? [])].map((id) => this.charges.get(id) as Charge);
  }

  refundsOf(charge: string): Refund[] {
    return [...this.refunds.values()].filter((refund) => refund.charge === charge);
  }

  private putCharge(charge: Charge): void {
    this.charges.set(charge.id, charge);
    const ids = this.byPayment.get(charge.payment) ?? new Set();
    this.byPayment.set(charge.payment, ids.add(charge.id));
  }
}

/** An id in the provider's style. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}
