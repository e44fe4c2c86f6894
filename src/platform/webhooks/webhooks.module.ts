import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { DocumentParts } from '../documentation/index.js';
import { RetainedTables } from '../retention/index.js';
import { AttemptDelivery } from './attempt-delivery.js';
import { ChangeEndpoint } from './change-endpoint.js';
import { DeliverWebhooks } from './deliver-webhooks.js';
import { describeWebhooks } from './describe-webhooks.js';
import { WebhookEventTypes } from './event-types.js';
import { WebhookEndpointsController } from './http/webhook-endpoints.controller.js';
import { PendingDeliveriesMetric } from './pending-deliveries-metric.js';
import { Deliveries } from './persistence/deliveries.js';
import { DueDeliveries } from './persistence/due-deliveries.js';
import { Endpoints } from './persistence/endpoints.js';
import { Secrets } from './persistence/secrets.js';
import { webhookRetention } from './persistence/webhook-retention.js';
import { WebhookDeliveryEntity, WebhookEndpointEntity } from './persistence/webhook.entities.js';
import { OperateEndpoints } from './operate-endpoints.js';
import { ReadEndpoints } from './read-endpoints.js';
import { RecordDeliveries } from './record-deliveries.js';
import { RegisterEndpoint } from './register-endpoint.js';
import { ReplayDelivery } from './replay-delivery.js';

/** Routes for subscribers, the consumer that records deliveries and the task that sends them. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([WebhookEndpointEntity, WebhookDeliveryEntity], 'platform')],
  controllers: [WebhookEndpointsController],
  providers: [
    WebhookEventTypes,
    RegisterEndpoint,
    ChangeEndpoint,
    ReadEndpoints,
    OperateEndpoints,
    ReplayDelivery,
    RecordDeliveries,
    DeliverWebhooks,
    AttemptDelivery,
    PendingDeliveriesMetric,
    Endpoints,
    Deliveries,
    DueDeliveries,
    Secrets,
  ],
  exports: [WebhookEventTypes, OperateEndpoints],
})
export class WebhooksModule implements OnModuleInit {
  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly retained: RetainedTables,
    private readonly documentParts: DocumentParts,
    private readonly eventTypes: WebhookEventTypes,
  ) {}

  /** The contexts register their event types later; the document is made after that. */
  onModuleInit(): void {
    this.retained.declare(this.database, 'platform', webhookRetention);
    this.documentParts.add({
      models: () => this.eventTypes.all().map(({ dataType }) => dataType),
      describe: (document) => describeWebhooks(document, this.eventTypes.all()),
    });
  }
}
