import { Injectable } from '@nestjs/common';
import { HttpProblems } from '../../platform/problems/index.js';
import type { SalesReportDto, TrialBalanceDto } from './http/finance.dto.js';
import { Ledger } from './persistence/ledger.js';
import { Sales } from './persistence/sales.js';

const DAYS_MAX = 366;
const DAY_MS = 86_400_000;

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
    for (const { currency, debitMinor, creditMinor } of balances) sums.set(currency, (sums.get(currency) ?? 0n) + debitMinor - creditMinor);
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

  /** @throws Problem `validation_failed` for a period that ends before it begins, or is longer than a year */
  async salesReport(from: string, to: string): Promise<SalesReportDto> {
    const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
    if (days < 0 || days > DAYS_MAX) throw HttpProblems.validation_failed('The period is not valid.', { errors: [{ pointer: '/to', message: `must be ${DAYS_MAX} days or less after \`from\`` }] });
    const sales = await this.sales.between(from, to);
    return {
      data: sales.map(({ day, currency, payments, capturedMinor, refundedMinor }) => ({ day, currency, payments, captured: { amount: capturedMinor, currency }, refunded: { amount: refundedMinor, currency } })),
    };
  }
}
