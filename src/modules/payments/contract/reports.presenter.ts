import type { Reconciliation } from '../domain/reconciliation.js';
import type { SalesOfDay } from '../domain/sales.js';
import { toExactJson } from './exact-json.js';
import type { ReconciliationDto, SalesReportDto } from './reports.dto.js';

/** The sales of a period as JSON with exact integers. */
export function presentSalesReport(sales: readonly SalesOfDay[]): string {
  return toExactJson({
    data: sales.map(({ day, currency, payments, capturedMinor, refundedMinor }) => ({
      day,
      currency,
      payments,
      captured: { amount: capturedMinor, currency },
      refunded: { amount: refundedMinor, currency },
    })),
  } satisfies SalesReportDto);
}

/** A reconciliation as JSON with exact integers. */
export function presentReconciliation({ from, to, compared, isComplete, differences }: Reconciliation): string {
  return toExactJson({
    from,
    to,
    compared,
    complete: isComplete,
    differences: differences.map(({ paymentId, kind, currency, providerMinor, ledgerMinor, isRecent }) => ({
      paymentId,
      kind,
      provider: { amount: providerMinor, currency },
      ledger: { amount: ledgerMinor, currency },
      settling: isRecent,
    })),
  } satisfies ReconciliationDto);
}
