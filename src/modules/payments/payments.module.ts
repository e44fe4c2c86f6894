import { Module, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { DocumentParts } from '../../platform/documentation/index.js';
import { RecoverableOperations } from '../../platform/idempotency/index.js';
import { RetainedTables } from '../../platform/retention/index.js';
import { WebhookEventTypes } from '../../platform/webhooks/index.js';
import { CatalogModule } from '../catalog/index.js';
import { BeginPayment } from './begin-payment.js';
import { LedgerPosting } from './consumers/ledger-posting.js';
import { SalesAnalytics } from './consumers/sales-analytics.js';
import { PAYMENT_WEBHOOKS } from './consumers/webhook-events.js';
import { presentPayment } from './contract/payment.presenter.js';
import { presentRefund } from './contract/refund.presenter.js';
import { describeSandbox } from './contract/sandbox-guide.js';
import { PAYMENT_GATEWAY } from './gateway/payment-gateway.js';
import { ProviderCalls } from './gateway/provider-calls.js';
import { ProviderWebhooks } from './gateway/provider-webhooks.js';
import { StripeGateway } from './gateway/stripe-gateway.js';
import { LedgerController } from './http/ledger.controller.js';
import { PaymentsController } from './http/payments.controller.js';
import { ProviderWebhooksController } from './http/provider-webhooks.controller.js';
import { ReadLedger } from './ledger/read-ledger.js';
import { ReadSales } from './ledger/read-sales.js';
import { ReconcilePayments } from './ledger/reconcile-payments.js';
import { MakePayment } from './make-payment.js';
import { PendingOperationsMetrics } from './metrics/pending-operations-metrics.js';
import { Ledger } from './persistence/ledger.js';
import { paymentsRetention } from './persistence/payments-retention.js';
import { Payments } from './persistence/payments.js';
import { PendingOperations } from './persistence/pending-operations.js';
import { ProviderEvents } from './persistence/provider-events.js';
import { Refunds } from './persistence/refunds.js';
import { Sales } from './persistence/sales.js';
import { ProcessPayment } from './process-payment.js';
import { ReadPayments } from './read-payments.js';
import { ReceiveProviderEvent } from './receive-provider-event.js';
import { RecoverPayments } from './recover-payments.js';
import { RefundPayment } from './refund-payment.js';
import { ReverseOrphanedCharge } from './reverse-orphaned-charge.js';

/** Payments, refunds and the ledger. Its tables are read and written by SQL alone and have no entities (ADR 019). */
@Module({
  imports: [CatalogModule],
  controllers: [PaymentsController, LedgerController, ProviderWebhooksController],
  providers: [
    MakePayment,
    BeginPayment,
    ProcessPayment,
    RefundPayment,
    RecoverPayments,
    ReverseOrphanedCharge,
    PendingOperationsMetrics,
    ReceiveProviderEvent,
    ReadPayments,
    ReadLedger,
    ReadSales,
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
  constructor(
    private readonly recoverable: RecoverableOperations,
    private readonly pending: PendingOperations,
    private readonly webhooks: WebhookEventTypes,
    private readonly retained: RetainedTables,
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly documentParts: DocumentParts,
  ) {}

  /**
   * An unfinished key has work behind it while the operation is pending: that is written before the provider is called,
   * and its end finishes the key too. A key without one never began anything.
   */
  onModuleInit(): void {
    this.recoverable.register({
      route: 'POST /v1/payments',
      stillOpen: (ids) => this.pending.stillPending('payment', ids),
      presenter: presentPayment,
    });
    this.recoverable.register({
      route: 'POST /v1/payments/:id/refunds',
      stillOpen: (ids) => this.pending.stillPending('refund', ids),
      presenter: presentRefund,
    });
    this.webhooks.register(...PAYMENT_WEBHOOKS);
    this.retained.declare(this.database, 'payments', paymentsRetention);
    this.documentParts.add({ describe: describeSandbox });
  }
}
