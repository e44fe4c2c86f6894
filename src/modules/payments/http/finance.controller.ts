import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ReadsPrimary } from '../../../platform/consistency/index.js';
import { RequiresRole } from '../../../platform/identity/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { ReadBooks } from '../read-books.js';
import { ReconcilePayments } from '../reconcile-payments.js';
import {
  PaymentLedgerDto,
  ReconciliationDto,
  SalesQueryDto,
  SalesReportDto,
  toExactJson,
  TrialBalanceDto,
} from './finance.dto.js';
import { asPaymentId } from './payment-id.js';

const JSON_TYPE = 'application/json; charset=utf-8';

@ApiTags('finance')
@RequiresRole('finance')
@Controller('v1')
export class FinanceController {
  constructor(
    private readonly books: ReadBooks,
    private readonly reconcileCase: ReconcilePayments,
  ) {}

  @Get('ledger/trial-balance')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'What stands on each account of the ledger' })
  @ApiOkResponse({ type: TrialBalanceDto })
  async readTrialBalance(): Promise<string> {
    return toExactJson(await this.books.trialBalance());
  }

  @Get('ledger/payments/:id')
  @ReadsPrimary()
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'What was posted about one payment' })
  @ApiOkResponse({ type: PaymentLedgerDto })
  @DescribesProblems('not_found')
  async readPaymentLedger(@Param('id', asPaymentId) id: string): Promise<string> {
    return toExactJson(await this.books.ofPayment(id));
  }

  @Get('reports/reconciliation')
  @ReadsPrimary()
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: "The ledger beside the payment provider's own record, for at most 31 days" })
  @ApiOkResponse({ type: ReconciliationDto })
  @DescribesProblems('payment_provider_unavailable')
  async reconcile(@Query() { from, to }: SalesQueryDto): Promise<string> {
    return toExactJson(await this.reconcileCase.execute(from, to));
  }

  @Get('reports/sales')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Sales per day and currency' })
  @ApiOkResponse({ type: SalesReportDto })
  async readSales(@Query() { from, to }: SalesQueryDto): Promise<string> {
    return toExactJson(await this.books.salesReport(from, to));
  }
}
