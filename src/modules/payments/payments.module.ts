import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WebhookEventTypes } from '../../platform/webhooks/index.js';
import { CatalogModule } from '../catalog/index.js';
import { BeginPayment } from './begin-payment.js';
import { LedgerPosting } from './consumers/ledger-posting.js';
import { SalesAnalytics } from './consumers/sales-analytics.js';
import { PAYMENT_GATEWAY } from './gateway/payment-gateway.js';
import { ProviderCalls } from './gateway/provider-calls.js';
import { StripeGateway } from './gateway/stripe-gateway.js';
import { ProviderWebhooks } from './gateway/provider-webhooks.js';
import { FinanceController } from './http/finance.controller.js';
import { PaymentsController } from './http/payments.controller.js';
import { ProviderWebhooksController } from './http/provider-webhooks.controller.js';
import { MakePayment } from './make-payment.js';
import { PAYMENT_WEBHOOKS } from './payments.webhooks.js';
import { LedgerEntryEntity, LedgerTransactionEntity, SalesPerDayEntity } from './persistence/bookkeeping.entities.js';
import { Ledger } from './persistence/ledger.js';
import {
  PendingPaymentEntity,
  PendingRefundEntity,
  OrphanCheckEntity,
} from './persistence/pending-operations.entities.js';
import { PendingOperations } from './persistence/pending-operations.js';
import { PaymentLineEntity } from './persistence/payment-line.entity.js';
import { PaymentEntity } from './persistence/payment.entity.js';
import { Payments } from './persistence/payments.js';
import { ProviderEventEntity } from './persistence/provider-event.entity.js';
import { ProviderEvents } from './persistence/provider-events.js';
import { RefundEntity } from './persistence/refund.entity.js';
import { Refunds } from './persistence/refunds.js';
import { Sales } from './persistence/sales.js';
import { ReadBooks } from './read-books.js';
import { ReadPayments } from './read-payments.js';
import { ReceiveProviderEvent } from './receive-provider-event.js';
import { ReconcilePayments } from './reconcile-payments.js';
import { RecoverPayments } from './recover-payments.js';
import { RefundPayment } from './refund-payment.js';
import { ReverseOrphanedCharge } from './reverse-orphaned-charge.js';
import { ProcessPayment } from './process-payment.js';
import { RecoverableOperationsProbe } from './recoverable-operations-probe.js';
import { PendingOperationsMetrics } from './pending-operations-metrics.js';

const ENTITIES = [
  PaymentEntity,
  PaymentLineEntity,
  RefundEntity,
  PendingPaymentEntity,
  PendingRefundEntity,
  OrphanCheckEntity,
  ProviderEventEntity,
  LedgerTransactionEntity,
  LedgerEntryEntity,
  SalesPerDayEntity,
];

/** Taking money, giving it back, and the books. */
@Module({
  imports: [CatalogModule, TypeOrmModule.forFeature(ENTITIES, 'payments')],
  controllers: [PaymentsController, FinanceController, ProviderWebhooksController],
  providers: [
    MakePayment,
    BeginPayment,
    ProcessPayment,
    RefundPayment,
    RecoverPayments,
    ReverseOrphanedCharge,
    PendingOperationsMetrics,
    RecoverableOperationsProbe,
    ReceiveProviderEvent,
    ReadPayments,
    ReadBooks,
    ReconcilePayments,
    Payments,
    Refunds,
    PendingOperations,
    ProviderEvents,
    Ledger,
    Sales,
    LedgerPosting,
    SalesAnalytics,
    ProviderCalls,
    ProviderWebhooks,
    { provide: PAYMENT_GATEWAY, useClass: StripeGateway },
  ],
})
export class PaymentsModule implements OnModuleInit {
  constructor(private readonly webhooks: WebhookEventTypes) {}

  onModuleInit(): void {
    this.webhooks.register(...PAYMENT_WEBHOOKS);
  }
}
