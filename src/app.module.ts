import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccountModule } from './modules/account/index.js';
import { CatalogModule } from './modules/catalog/index.js';
import { PaymentsModule } from './modules/payments/index.js';
import { CacheModule } from './platform/cache/index.js';
import { ConfigModule } from './platform/config/index.js';
import { ConsistencyModule } from './platform/consistency/index.js';
import { DatabaseModule } from './platform/database/index.js';
import { DocumentationModule } from './platform/documentation/index.js';
import { FailpointsModule } from './platform/failpoints/index.js';
import { HttpCacheModule } from './platform/http-cache/index.js';
import { IdempotencyModule } from './platform/idempotency/index.js';
import { IdentityModule } from './platform/identity/index.js';
import { MailModule } from './platform/mail/index.js';
import { ObservabilityModule } from './platform/observability/index.js';
import { DeadLettersModule, OutboxModule } from './platform/outbox/index.js';
import { RedisModule } from './platform/redis/index.js';
import { RetentionModule } from './platform/retention/index.js';
import { ThrottlingModule } from './platform/throttling/index.js';
import { WebhooksModule } from './platform/webhooks/index.js';

/** The table of contents: what keeps the platform standing, then what the business decides. */
@Module({
  imports: [
    DiscoveryModule,
    ConfigModule,
    ObservabilityModule,
    FailpointsModule,
    DatabaseModule,
    RetentionModule,
    RedisModule,
    CacheModule,
    HttpCacheModule,
    IdentityModule,
    ThrottlingModule,
    ConsistencyModule,
    IdempotencyModule,
    OutboxModule,
    DeadLettersModule.for('finance'),
    MailModule,
    WebhooksModule,
    DocumentationModule,
    CatalogModule,
    AccountModule,
    PaymentsModule,
  ],
})
export class AppModule {}
