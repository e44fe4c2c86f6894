import type { PostedCash } from '../domain/reconciliation.js';
import type { PostedTransaction } from '../domain/ledger.js';
import type { TrialBalance } from '../domain/trial-balance.js';
import { toExactJson } from './exact-json.js';
import type { PaymentLedgerDto, TrialBalanceDto } from './ledger.dto.js';

/** The trial balance as JSON with exact integers. */
export function presentTrialBalance({ isBalanced, accounts, totals }: TrialBalance): string {
  return toExactJson({
    balanced: isBalanced,
    accounts: accounts.map(({ account, currency, debitMinor, creditMinor }) => ({
      account,
      debit: { amount: debitMinor, currency },
      credit: { amount: creditMinor, currency },
      balance: { amount: debitMinor - creditMinor, currency },
    })),
    totals: totals.map(({ currency, sumMinor }) => ({ amount: sumMinor, currency })),
  } satisfies TrialBalanceDto);
}

/** The postings of one payment as JSON with exact integers. */
export function presentPaymentLedger({
  paymentId,
  transactions,
  cash,
}: {
  paymentId: string;
  transactions: readonly PostedTransaction[];
  cash: readonly PostedCash[];
}): string {
  return toExactJson({
    paymentId,
    transactions: transactions.map(({ id, kind, occurredAt, postedAt, entries }) => ({
      id,
      kind,
      occurredAt: occurredAt.toISOString(),
      postedAt: postedAt.toISOString(),
      entries: entries.map(({ account, currency, amountMinor }) => ({
        account,
        amount: { amount: amountMinor, currency },
      })),
    })),
    cash: cash.map(({ currency, cashMinor }) => ({ amount: cashMinor, currency })),
  } satisfies PaymentLedgerDto);
}
