import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PageQueryDto } from '../../../platform/http/index.js';
import { Idempotent } from '../../../platform/idempotency/index.js';
import { Authenticated, CurrentCaller, type Caller } from '../../../platform/identity/index.js';
import { DescribesProblems } from '../../../platform/problems/index.js';
import { presentPayment, presentPaymentPage, toPaymentDto } from '../contract/payment.presenter.js';
import { presentRefund } from '../contract/refund.presenter.js';
import type { Payment } from '../domain/payment.js';
import type { Refund } from '../domain/refund.js';
import { MakePayment } from '../make-payment.js';
import { ReadPayments } from '../read-payments.js';
import { RefundPayment } from '../refund-payment.js';
import { toOrder } from '../contract/order.js';
import { asPaymentId } from './payment-id.js';
import { MakePaymentDto, PaymentDto, PaymentPageDto } from '../contract/payment.dto.js';
import { RefundDto, RefundPaymentDto } from '../contract/refund.dto.js';

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
  @Idempotent({ presenter: presentPayment, recoverable: true })
  @ApiOperation({ summary: 'Pay for items' })
  @ApiCreatedResponse({ type: PaymentDto, description: 'The money was taken.' })
  @ApiAcceptedResponse({
    type: PaymentDto,
    description: 'The outcome at the provider is unknown; the payment ends as captured or failed by itself.',
  })
  @DescribesProblems(
    'mixed_currencies',
    'card_declined',
    'expired',
    'already_paid',
    'price_changed',
    'insufficient_stock',
    'item_unavailable',
    'payment_provider_unavailable',
  )
  makePayment(@CurrentCaller() { accountId }: Caller, @Body() order: MakePaymentDto): Promise<Payment> {
    return this.makeCase.execute(accountId, toOrder(order));
  }

  @Get()
  @ApiOperation({ summary: 'Your payments, the newest first' })
  @ApiOkResponse({ type: PaymentPageDto })
  async listPayments(@CurrentCaller() { accountId }: Caller, @Query() query: PageQueryDto): Promise<PaymentPageDto> {
    return presentPaymentPage(await this.readCase.page(accountId, query));
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of your payments' })
  @ApiOkResponse({ type: PaymentDto })
  @DescribesProblems('not_found')
  async readPayment(@CurrentCaller() { accountId }: Caller, @Param('id', asPaymentId) id: string): Promise<PaymentDto> {
    return toPaymentDto(await this.readCase.one(accountId, id));
  }

  @Post(':id/refunds')
  @Idempotent({ presenter: presentRefund, recoverable: true })
  @ApiOperation({ summary: 'Refund a payment, all that is left or a part' })
  @ApiCreatedResponse({ type: RefundDto, description: 'The money is on its way back.' })
  @ApiAcceptedResponse({
    type: RefundDto,
    description: 'The outcome at the provider is unknown; the refund ends by itself.',
  })
  @DescribesProblems('not_found', 'not_refundable', 'refund_exceeds_captured', 'payment_provider_unavailable')
  refundPayment(
    @CurrentCaller() { accountId }: Caller,
    @Param('id', asPaymentId) id: string,
    @Body() { amount }: RefundPaymentDto,
  ): Promise<Refund> {
    return this.refundCase.execute(accountId, id, amount);
  }
}
