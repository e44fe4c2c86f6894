import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import { EventConsumers, type DomainEvent, type EventConsumer } from '../../../platform/outbox/index.js';
import { PAYMENT_CAPTURED, PAYMENT_REFUNDED, type PaymentCaptured, type PaymentRefunded } from '../payments.events.js';
import { Sales } from '../persistence/sales.js';

/** Adds each capture and refund to the sales of its day. */
@Injectable()
export class SalesAnalytics implements EventConsumer, OnModuleInit {
  readonly name = 'payments-sales';
  readonly eventTypes = [PAYMENT_CAPTURED, PAYMENT_REFUNDED];
  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly consumers: EventConsumers,
    private readonly sales: Sales,
  ) {}

  onModuleInit(): void {
    this.consumers.register(this, this.database);
  }

  async handle(event: DomainEvent, tx: Transaction): Promise<void> {
    const { amountMinor, currency } = event.payload as PaymentCaptured | PaymentRefunded;
    const amount = BigInt(amountMinor);
    const isCapture = event.type === PAYMENT_CAPTURED;
    await this.sales.add(tx, event.id, {
      day: event.occurredAt.toISOString().slice(0, 10),
      currency,
      payments: isCapture ? 1 : 0,
      capturedMinor: isCapture ? amount : 0n,
      refundedMinor: isCapture ? 0n : amount,
    });
  }
}
