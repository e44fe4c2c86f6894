import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { EventConsumers, type DomainEvent, type EventConsumer } from '../../../platform/outbox/index.js';
import { OperateEndpoints } from '../../../platform/webhooks/index.js';
import { ACCOUNT_DELETED, ROLE_REVOKED, type AccountFact, type RoleRevoked } from '../account.events.js';

/** The role without which an account has no webhooks. */
const HOLDER = 'partner';

/** Deletes the webhook endpoints of a deleted account, and of one that is no partner any more. */
@Injectable()
export class EndWebhooks implements EventConsumer, OnModuleInit {
  readonly name = 'account-end-webhooks';
  readonly eventTypes = [ACCOUNT_DELETED, ROLE_REVOKED];

  constructor(
    @InjectDatabase('account') private readonly database: ContextDatabase,
    private readonly consumers: EventConsumers,
    private readonly endpoints: OperateEndpoints,
  ) {}

  onModuleInit(): void {
    this.consumers.register(this, this.database);
  }

  /** The endpoints are another schema's, so not in the inbox's transaction; to delete them twice changes nothing. */
  async deliver({ type, payload, occurredAt }: DomainEvent): Promise<void> {
    if (type === ROLE_REVOKED && (payload as RoleRevoked).role !== HOLDER) return;
    await this.endpoints.removeAllOf((payload as AccountFact).accountId, occurredAt);
  }
}
