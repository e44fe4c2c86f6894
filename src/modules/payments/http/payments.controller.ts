import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../../../platform/idempotency/index.js';
import { Authenticated, CurrentCaller, type Caller } from '../../../platform/identity/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { MakePayment } from '../make-payment.js';
import { ReadPayments } from '../read-payments.js';
import { RefundPayment } from '../refund-payment.js';
import { ListPaymentsQueryDto } from './list-query.dto.js';
import { asPaymentId } from './payment-id.js';
import { MakePaymentDto, PaymentDto, PaymentPageDto } from './payment.dto.js';
import { RefundDto, RefundPaymentDto } from './refund.dto.js';

@ApiTags('payments')
@Authenticated()
@Controller('v1/payments')
export class PaymentsController {
  constructor(
    private readonly makeCase: MakePayment,
    private readonly readCase: ReadPayments,
    private readonly refundCase: RefundPayment,
  ) {}

  @Post()
  @Idempotent({ recoverable: true })
  @ApiOperation({ summary: 'Pay for items' })
  @ApiCreatedResponse({ type: PaymentDto, description: 'The money was taken.' })
  @ApiAcceptedResponse({
    type: PaymentDto,
    description: 'The provider has not said yet; the payment ends as captured or failed by itself.',
  })
  @DescribesProblems(
    'mixed_currencies',
    'card_declined',
    'already_paid',
    'price_changed',
    'insufficient_stock',
    'item_unavailable',
    'payment_provider_unavailable',
  )
  makePayment(
    @CurrentCaller() { accountId }: Caller,
    @Body() { items, paymentMethod, reference }: MakePaymentDto,
  ): Promise<PaymentDto> {
    const lines = items.map(({ itemId, quantity, expectedUnitPrice }) => ({
      itemId: itemId.toLowerCase(),
      quantity,
      ...(expectedUnitPrice
        ? { expectedUnitPriceMinor: BigInt(expectedUnitPrice.amount), expectedCurrency: expectedUnitPrice.currency }
        : {}),
    }));
    return this.makeCase.execute(accountId, { lines, cardToken: paymentMethod, reference: reference ?? null });
  }

  @Get()
  @ApiOperation({ summary: 'Your payments, the newest first' })
  @ApiOkResponse({ type: PaymentPageDto })
  listPayments(@CurrentCaller() { accountId }: Caller, @Query() query: ListPaymentsQueryDto): Promise<PaymentPageDto> {
    return this.readCase.page(accountId, query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of your payments' })
  @ApiOkResponse({ type: PaymentDto })
  @DescribesProblems('not_found')
  readPayment(@CurrentCaller() { accountId }: Caller, @Param('id', asPaymentId) id: string): Promise<PaymentDto> {
    return this.readCase.one(accountId, id);
  }

  @Post(':id/refunds')
  @Idempotent({ recoverable: true })
  @ApiOperation({ summary: 'Give money back, all that is left or a part' })
  @ApiCreatedResponse({ type: RefundDto, description: 'The money is on its way back.' })
  @ApiAcceptedResponse({ type: RefundDto, description: 'The provider has not said yet; the refund ends by itself.' })
  @DescribesProblems('not_found', 'not_refundable', 'refund_exceeds_captured', 'payment_provider_unavailable')
  refundPayment(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asPaymentId) id: string,
    @Body() { amount }: RefundPaymentDto,
  ): Promise<RefundDto> {
    return this.refundCase.execute(accountId, id, amount);
  }
}
