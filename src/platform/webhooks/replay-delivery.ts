import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { Idempotency } from '../idempotency/index.js';
import type { WebhookDelivery } from './domain/webhook.js';
import { Deliveries } from './persistence/deliveries.js';
import { Endpoints } from './persistence/endpoints.js';
import { noSuchDelivery, noSuchEndpoint, WebhookProblems } from './webhooks.problems.js';

/** Sends one delivery again, whatever its status. */
@Injectable()
export class ReplayDelivery {
  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws Problem `not_found`, `webhook_endpoint_disabled` */
  async execute(accountId: string, endpointId: string, deliveryId: string): Promise<WebhookDelivery> {
    const endpoint = await this.endpoints.find(accountId, endpointId);
    if (!endpoint) throw noSuchEndpoint();
    if (endpoint.status === 'disabled')
      throw WebhookProblems.webhook_endpoint_disabled('Nothing is sent to a disabled endpoint.');
    return this.database.transaction(async (tx) => {
      const delivery = await this.deliveries.replay(tx, endpointId, deliveryId);
      if (!delivery) throw noSuchDelivery();
      await this.idempotency.answer(tx, delivery);
      return delivery;
    });
  }
}
