import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../platform/database/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { toWebhookDeliveryDto, type WebhookDeliveryDto } from './http/webhook-endpoint.dto.js';
import { noSuchDelivery, noSuchEndpoint, PaymentProblems } from './payments.problems.js';
import { WebhookDeliveries } from './persistence/webhook-deliveries.js';
import { WebhookEndpoints } from './persistence/webhook-endpoints.js';

/** Sends one delivery again, whatever became of it before. */
@Injectable()
export class ReplayWebhookDelivery {
  constructor(
    @InjectDatabase('payments') private readonly database: ContextDatabase,
    private readonly endpoints: WebhookEndpoints,
    private readonly deliveries: WebhookDeliveries,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws Problem `not_found`, `webhook_endpoint_disabled` */
  async execute(accountId: string, endpointId: string, deliveryId: string): Promise<WebhookDeliveryDto> {
    const endpoint = await this.endpoints.find(accountId, endpointId);
    if (!endpoint) throw noSuchEndpoint();
    if (endpoint.status === 'disabled')
      throw PaymentProblems.webhook_endpoint_disabled('Nothing is sent to a disabled endpoint.');
    return this.database.transaction(async (tx) => {
      const delivery = await this.deliveries.replay(tx, endpointId, deliveryId);
      if (!delivery) throw noSuchDelivery();
      const body = toWebhookDeliveryDto(delivery);
      await this.idempotency.answer(tx, { status: 202, body });
      return body;
    });
  }
}
