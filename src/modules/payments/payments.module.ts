import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '../catalog/index.js';
import { BeginPayment } from './begin-payment.js';
import { LedgerPosting } from './consumers/ledger-posting.js';
import { SalesAnalytics } from './consumers/sales-analytics.js';
import { PAYMENT_GATEWAY } from './gateway/payment-gateway.js';
import { ProviderCalls } from './gateway/provider-calls.js';
import { StripeGateway } from './gateway/stripe-gateway.js';
import { FinanceController } from './http/finance.controller.js';
import { PaymentsController } from './http/payments.controller.js';
import { MakePayment } from './make-payment.js';
import { LedgerEntryEntity, LedgerTransactionEntity, SalesPerDayEntity } from './persistence/bookkeeping.entities.js';
import { Ledger } from './persistence/ledger.js';
import { OpenPaymentEntity, OpenRefundEntity } from './persistence/open-work.entities.js';
import { OpenWork } from './persistence/open-work.js';
import { PaymentLineEntity } from './persistence/payment-line.entity.js';
import { PaymentEntity } from './persistence/payment.entity.js';
import { Payments } from './persistence/payments.js';
import { RefundEntity } from './persistence/refund.entity.js';
import { Refunds } from './persistence/refunds.js';
import { Sales } from './persistence/sales.js';
import { ReadBooks } from './read-books.js';
import { ReadPayments } from './read-payments.js';
import { RecoverPayments } from './recover-payments.js';
import { RefundPayment } from './refund-payment.js';
import { SettlePayment } from './settle-payment.js';

const ENTITIES = [PaymentEntity, PaymentLineEntity, RefundEntity, OpenPaymentEntity, OpenRefundEntity, LedgerTransactionEntity, LedgerEntryEntity, SalesPerDayEntity];

/** Taking money, giving it back, and the books. */
@Module({
  imports: [CatalogModule, TypeOrmModule.forFeature(ENTITIES, 'payments')],
  controllers: [PaymentsController, FinanceController],
  providers: [
    MakePayment, BeginPayment, SettlePayment, RefundPayment, RecoverPayments, ReadPayments, ReadBooks,
    Payments, Refunds, OpenWork, Ledger, Sales, LedgerPosting, SalesAnalytics,
    ProviderCalls, { provide: PAYMENT_GATEWAY, useClass: StripeGateway },
  ],
})
export class PaymentsModule {}
