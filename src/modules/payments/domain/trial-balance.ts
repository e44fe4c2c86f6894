import type { LedgerAccount } from './ledger.js';

/** Debits and credits of one account in one currency. */
export interface AccountBalance {
  readonly account: LedgerAccount;
  readonly currency: string;
  readonly debitMinor: bigint;
  readonly creditMinor: bigint;
}

/** Every account's balance, and what they add up to per currency. */
export interface TrialBalance {
  readonly isBalanced: boolean;
  readonly accounts: readonly AccountBalance[];
  /** Debits minus credits: zero in every currency, or the ledger is wrong. */
  readonly totals: readonly { readonly currency: string; readonly sumMinor: bigint }[];
}

/** Adds up the accounts per currency. */
export function trialBalanceOf(accounts: readonly AccountBalance[]): TrialBalance {
  const sums = new Map<string, bigint>();
  for (const { currency, debitMinor, creditMinor } of accounts)
    sums.set(currency, (sums.get(currency) ?? 0n) + debitMinor - creditMinor);
  return {
    isBalanced: [...sums.values()].every((sum) => sum === 0n),
    accounts,
    totals: [...sums].map(([currency, sumMinor]) => ({ currency, sumMinor })),
  };
}
