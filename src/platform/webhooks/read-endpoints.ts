import { Injectable } from '@nestjs/common';
import { readPage, type Page, type PageQuery } from '../http/index.js';
import type { WebhookDelivery, WebhookEndpoint } from './domain/webhook.js';
import { Deliveries } from './persistence/deliveries.js';
import { Endpoints } from './persistence/endpoints.js';
import { noSuchEndpoint } from './webhooks.problems.js';

/** An account's own endpoints and their delivery logs. */
@Injectable()
export class ReadEndpoints {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly log: Deliveries,
  ) {}

  /** @throws Problem `not_found` */
  async one(accountId: string, id: string): Promise<WebhookEndpoint> {
    const endpoint = await this.endpoints.find(accountId, id);
    if (!endpoint) throw noSuchEndpoint();
    return endpoint;
  }

  async page(accountId: string, query: PageQuery): Promise<Page<WebhookEndpoint>> {
    return readPage(query, (limit, beforeId) => this.endpoints.list(accountId, limit, beforeId));
  }

  /** @throws Problem `not_found` */
  async deliveries(accountId: string, id: string, query: PageQuery): Promise<Page<WebhookDelivery>> {
    await this.one(accountId, id);
    return readPage(query, (limit, beforeId) => this.log.list(id, limit, beforeId));
  }
}
