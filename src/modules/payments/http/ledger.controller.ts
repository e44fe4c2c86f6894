import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ReadsPrimary } from '../../../platform/consistency/index.js';
import { RequiresRole } from '../../../platform/identity/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { PaymentLedgerDto, TrialBalanceDto } from '../contract/ledger.dto.js';
import { presentPaymentLedger, presentTrialBalance } from '../contract/ledger.presenter.js';
import { ReconciliationDto, ReportPeriodDto, SalesReportDto } from '../contract/reports.dto.js';
import { presentReconciliation, presentSalesReport } from '../contract/reports.presenter.js';
import { ReadLedger } from '../ledger/read-ledger.js';
import { ReadSales } from '../ledger/read-sales.js';
import { ReconcilePayments } from '../ledger/reconcile-payments.js';
import { asPaymentId } from './payment-id.js';

const JSON_TYPE = 'application/json; charset=utf-8';

@ApiTags('finance')
@RequiresRole('finance')
@Controller('v1')
export class LedgerController {
  constructor(
    private readonly ledger: ReadLedger,
    private readonly sales: ReadSales,
    private readonly reconcileCase: ReconcilePayments,
  ) {}

  @Get('ledger/trial-balance')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'The balance of each account of the ledger' })
  @ApiOkResponse({ type: TrialBalanceDto })
  async readTrialBalance(): Promise<string> {
    return presentTrialBalance(await this.ledger.trialBalance());
  }

  @Get('ledger/payments/:id')
  @ReadsPrimary()
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'What was posted about one payment' })
  @ApiOkResponse({ type: PaymentLedgerDto })
  @DescribesProblems('not_found')
  async readPaymentLedger(@Param('id', asPaymentId) id: string): Promise<string> {
    return presentPaymentLedger(await this.ledger.ofPayment(id));
  }

  @Get('reports/reconciliation')
  @ReadsPrimary()
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: "The ledger compared with the payment provider's own record, for at most 31 days" })
  @ApiOkResponse({ type: ReconciliationDto })
  @DescribesProblems('payment_provider_unavailable')
  async reconcile(@Query() period: ReportPeriodDto): Promise<string> {
    return presentReconciliation(await this.reconcileCase.execute(period));
  }

  @Get('reports/sales')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Sales per day and currency' })
  @ApiOkResponse({ type: SalesReportDto })
  async readSales(@Query() period: ReportPeriodDto): Promise<string> {
    return presentSalesReport(await this.sales.execute(period));
  }
}
