import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChangeWebhookEndpoint } from './change-webhook-endpoint.js';
import { PartnerWebhooks } from './consumers/partner-webhooks.js';
import { DeliverWebhooks } from './deliver-webhooks.js';
import { WebhookEndpointsController } from './http/webhook-endpoints.controller.js';
import { WebhookDeliveries } from './persistence/webhook-deliveries.js';
import { WebhookEndpoints } from './persistence/webhook-endpoints.js';
import { WebhookSecrets } from './persistence/webhook-secrets.js';
import { WebhookSending } from './persistence/webhook-sending.js';
import { WebhookDeliveryEntity, WebhookEndpointEntity } from './persistence/webhook.entities.js';
import { ReadWebhookEndpoints } from './read-webhook-endpoints.js';
import { ReapWebhooks } from './reap-webhooks.js';
import { RegisterWebhookEndpoint } from './register-webhook-endpoint.js';
import { ReplayWebhookDelivery } from './replay-webhook-delivery.js';

/** What partners hear of payments (ADR 028). */
@Module({
  imports: [TypeOrmModule.forFeature([WebhookEndpointEntity, WebhookDeliveryEntity], 'payments')],
  controllers: [WebhookEndpointsController],
  providers: [
    RegisterWebhookEndpoint,
    ChangeWebhookEndpoint,
    ReadWebhookEndpoints,
    ReplayWebhookDelivery,
    PartnerWebhooks,
    DeliverWebhooks,
    ReapWebhooks,
    WebhookEndpoints,
    WebhookDeliveries,
    WebhookSending,
    WebhookSecrets,
  ],
})
export class PartnersModule {}
