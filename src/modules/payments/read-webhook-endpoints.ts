import { Injectable } from '@nestjs/common';
import { readCursor, writeCursor } from './http/list-query.dto.js';
import {
  toWebhookDeliveryDto,
  toWebhookEndpointDto,
  type WebhookDeliveryPageDto,
  type WebhookEndpointDto,
  type WebhookEndpointPageDto,
} from './http/webhook-endpoint.dto.js';
import { noSuchEndpoint } from './payments.problems.js';
import { WebhookDeliveries } from './persistence/webhook-deliveries.js';
import { WebhookEndpoints } from './persistence/webhook-endpoints.js';

interface PageQuery {
  limit: number;
  cursor?: string;
}

/** A partner's own endpoints and what was sent to them; a stranger's are as if they were not there. */
@Injectable()
export class ReadWebhookEndpoints {
  constructor(
    private readonly endpoints: WebhookEndpoints,
    private readonly deliveryLog: WebhookDeliveries,
  ) {}

  /** @throws Problem `not_found` */
  async one(accountId: string, id: string): Promise<WebhookEndpointDto> {
    const endpoint = await this.endpoints.find(accountId, id);
    if (!endpoint) throw noSuchEndpoint();
    return toWebhookEndpointDto(endpoint);
  }

  /** The newest first. */
  async page(accountId: string, query: PageQuery): Promise<WebhookEndpointPageDto> {
    const { rows, nextCursor } = await pageOf(query, (limit, beforeId) =>
      this.endpoints.list(accountId, limit, beforeId),
    );
    return { data: rows.map(toWebhookEndpointDto), nextCursor };
  }

  /** The newest first. @throws Problem `not_found` */
  async deliveries(accountId: string, id: string, query: PageQuery): Promise<WebhookDeliveryPageDto> {
    if (!(await this.endpoints.find(accountId, id))) throw noSuchEndpoint();
    const { rows, nextCursor } = await pageOf(query, (limit, beforeId) => this.deliveryLog.list(id, limit, beforeId));
    return { data: rows.map(toWebhookDeliveryDto), nextCursor };
  }
}

async function pageOf<T extends { id: string }>(
  { limit, cursor }: PageQuery,
  list: (limit: number, beforeId: string | undefined) => Promise<T[]>,
): Promise<{ rows: T[]; nextCursor: string | null }> {
  // One more than asked for tells whether there is a next page.
  const found = await list(limit + 1, cursor === undefined ? undefined : readCursor(cursor));
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last ? writeCursor(last.id) : null };
}
