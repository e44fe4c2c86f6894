import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../../../platform/database/index.js';
import { EventConsumers, type DomainEvent, type EventConsumer } from '../../../platform/outbox/index.js';
import { toPartnerEvent } from '../partners/partner-events.js';
import { PAYMENT_CAPTURED, PAYMENT_REFUNDED } from '../payments.events.js';
import { WebhookDeliveries } from '../persistence/webhook-deliveries.js';

/** Notes down, once, which partners each fact goes to. Sending is somebody else's work: a slow partner never fills this queue. */
@Injectable()
export class PartnerWebhooks implements EventConsumer, OnModuleInit {
  readonly name = 'payments-partner-webhooks';
  readonly eventTypes = [PAYMENT_CAPTURED, PAYMENT_REFUNDED];

  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly consumers: EventConsumers,
    private readonly deliveries: WebhookDeliveries,
  ) {}

  onModuleInit(): void {
    this.consumers.register(this, this.database);
  }

  async handle(event: DomainEvent, tx: Transaction): Promise<void> {
    await this.deliveries.enqueue(tx, event.id, toPartnerEvent(event));
  }
}
