import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AttemptDelivery } from './attempt-delivery.js';
import { ChangeEndpoint } from './change-endpoint.js';
import { DeliverWebhooks } from './deliver-webhooks.js';
import { WebhookEventTypes } from './event-types.js';
import { WebhookEndpointsController } from './http/webhook-endpoints.controller.js';
import { Deliveries } from './persistence/deliveries.js';
import { DueDeliveries } from './persistence/due-deliveries.js';
import { Endpoints } from './persistence/endpoints.js';
import { ExpiredRows } from './persistence/expired-rows.js';
import { Secrets } from './persistence/secrets.js';
import { WebhookDeliveryEntity, WebhookEndpointEntity } from './persistence/webhook.entities.js';
import { ReadEndpoints } from './read-endpoints.js';
import { ReapWebhooks } from './reap-webhooks.js';
import { RecordDeliveries } from './record-deliveries.js';
import { RegisterEndpoint } from './register-endpoint.js';
import { ReplayDelivery } from './replay-delivery.js';

/** Routes for subscribers, the consumer that records deliveries and the tasks that send and reap them. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([WebhookEndpointEntity, WebhookDeliveryEntity], 'platform')],
  controllers: [WebhookEndpointsController],
  providers: [
    WebhookEventTypes,
    RegisterEndpoint,
    ChangeEndpoint,
    ReadEndpoints,
    ReplayDelivery,
    RecordDeliveries,
    DeliverWebhooks,
    AttemptDelivery,
    ReapWebhooks,
    Endpoints,
    Deliveries,
    DueDeliveries,
    ExpiredRows,
    Secrets,
  ],
  exports: [WebhookEventTypes],
})
export class WebhooksModule {}
