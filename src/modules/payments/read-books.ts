import { Injectable } from '@nestjs/common';
import { HttpProblems } from '../../platform/problems/index.js';
import { refusePeriod } from './http/list-query.dto.js';
import type { PaymentLedgerDto, SalesReportDto, TrialBalanceDto } from './http/finance.dto.js';
import { Ledger } from './persistence/ledger.js';
import { Sales } from './persistence/sales.js';

const DAYS_MAX = 366;

/** What finance reads: the trial balance and the sales. */
@Injectable()
export class ReadBooks {
  constructor(
    private readonly ledger: Ledger,
    private readonly sales: Sales,
  ) {}

  async trialBalance(): Promise<TrialBalanceDto> {
    const balances = await this.ledger.balances();
    const sums = new Map<string, bigint>();
    for (const { currency, debitMinor, creditMinor } of balances)
      sums.set(currency, (sums.get(currency) ?? 0n) + debitMinor - creditMinor);
    return {
      balanced: [...sums.values()].every((sum) => sum === 0n),
      accounts: balances.map(({ account, currency, debitMinor, creditMinor }) => ({
        account,
        debit: { amount: debitMinor, currency },
        credit: { amount: creditMinor, currency },
        balance: { amount: debitMinor - creditMinor, currency },
      })),
      totals: [...sums].map(([currency, amount]) => ({ amount, currency })),
    };
  }

  /** @throws Problem `not_found` when nothing was posted about it */
  async ofPayment(paymentId: string): Promise<PaymentLedgerDto> {
    const transactions = await this.ledger.ofPayment(paymentId);
    if (transactions.length === 0) throw HttpProblems.not_found('Nothing was posted about a payment with this id.');
    const cash = await this.ledger.cashOf([paymentId]);
    return {
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
    };
  }

  /** @throws Problem `validation_failed` for a period that ends before it begins, or is longer than a year */
  async salesReport(from: string, to: string): Promise<SalesReportDto> {
    refusePeriod(from, to, DAYS_MAX);
    const sales = await this.sales.between(from, to);
    return {
      data: sales.map(({ day, currency, payments, capturedMinor, refundedMinor }) => ({
        day,
        currency,
        payments,
        captured: { amount: capturedMinor, currency },
        refunded: { amount: refundedMinor, currency },
      })),
    };
  }
}
