import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase, type Transaction } from '../database/index.js';
import { EventConsumers, type DomainEvent, type EventConsumer } from '../outbox/index.js';
import { WebhookEventTypes } from './event-types.js';
import { Deliveries } from './persistence/deliveries.js';

/**
 * Records a delivery per subscribed endpoint, in the transaction of the inbox row. A worker sends them later, so a slow
 * endpoint never fills this queue.
 */
@Injectable()
export class RecordDeliveries implements EventConsumer, OnModuleInit {
  readonly name = 'webhooks';

  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly consumers: EventConsumers,
    private readonly types: WebhookEventTypes,
    private readonly deliveries: Deliveries,
  ) {}

  get eventTypes(): readonly string[] {
    return this.types.domainEventTypes();
  }

  onModuleInit(): void {
    this.consumers.register(this, this.database);
  }

  async handle(event: DomainEvent, tx: Transaction): Promise<void> {
    await this.deliveries.record(tx, this.types.toMessage(event));
  }
}
