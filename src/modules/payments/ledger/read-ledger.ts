import { Injectable } from '@nestjs/common';
import { HttpProblems } from '../../../platform/problems/index.js';
import type { PostedTransaction } from '../domain/ledger.js';
import type { PostedCash } from '../domain/reconciliation.js';
import { trialBalanceOf, type TrialBalance } from '../domain/trial-balance.js';
import { Ledger } from '../persistence/ledger.js';

/** The postings of one payment, and its balance on the cash account per currency. */
export interface PaymentLedger {
  readonly paymentId: string;
  readonly transactions: readonly PostedTransaction[];
  readonly cash: readonly PostedCash[];
}

/** The ledger as finance reads it. */
@Injectable()
export class ReadLedger {
  constructor(private readonly ledger: Ledger) {}

  async trialBalance(): Promise<TrialBalance> {
    return trialBalanceOf(await this.ledger.balances());
  }

  /** @throws Problem `not_found` when nothing was posted about the payment */
  async ofPayment(paymentId: string): Promise<PaymentLedger> {
    const transactions = await this.ledger.ofPayment(paymentId);
    if (transactions.length === 0) throw HttpProblems.not_found('Nothing was posted about a payment with this id.');
    return { paymentId, transactions, cash: await this.ledger.cashOf([paymentId]) };
  }
}
