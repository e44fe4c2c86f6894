import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequiresRole } from '../../../platform/identity/index.js';
import { ReadBooks } from '../read-books.js';
import { SalesQueryDto, SalesReportDto, toExactJson, TrialBalanceDto } from './finance.dto.js';

const JSON_TYPE = 'application/json; charset=utf-8';

@ApiTags('finance')
@RequiresRole('finance')
@Controller('v1')
export class FinanceController {
  constructor(private readonly books: ReadBooks) {}

  @Get('ledger/trial-balance')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'What stands on each account of the ledger' })
  @ApiOkResponse({ type: TrialBalanceDto })
  async readTrialBalance(): Promise<string> {
    return toExactJson(await this.books.trialBalance());
  }

  @Get('reports/sales')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Sales per day and currency' })
  @ApiOkResponse({ type: SalesReportDto })
  async readSales(@Query() { from, to }: SalesQueryDto): Promise<string> {
    return toExactJson(await this.books.salesReport(from, to));
  }
}
