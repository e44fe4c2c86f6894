import type { Page } from '../../http/index.js';
import type { Answer } from '../../idempotency/index.js';
import { writeSecret } from '../domain/signature.js';
import type { WebhookDelivery, WebhookEndpoint, WebhookEndpointWithSecret } from '../domain/webhook.js';
import type { WebhookDeliveryDto, WebhookDeliveryPageDto } from './webhook-delivery.dto.js';
import type {
  WebhookEndpointDto,
  WebhookEndpointPageDto,
  WebhookEndpointWithSecretDto,
} from './webhook-endpoint.dto.js';

export const presentRegistration = (registered: WebhookEndpointWithSecret): Answer => ({
  status: 201,
  headers: { location: `/v1/webhook-endpoints/${registered.endpoint.id}` },
  body: withSecret(registered),
});

export const presentRotation = (rotated: WebhookEndpointWithSecret): Answer => ({
  status: 200,
  body: withSecret(rotated),
});

export const presentEnabled = (endpoint: WebhookEndpoint): Answer => ({
  status: 200,
  body: presentEndpoint(endpoint),
});

export const presentReplay = (delivery: WebhookDelivery): Answer => ({
  status: 202,
  body: presentDelivery(delivery),
});

export const presentEndpoints = ({ rows, nextCursor }: Page<WebhookEndpoint>): WebhookEndpointPageDto => ({
  data: rows.map(presentEndpoint),
  nextCursor,
});

export const presentDeliveries = ({ rows, nextCursor }: Page<WebhookDelivery>): WebhookDeliveryPageDto => ({
  data: rows.map(presentDelivery),
  nextCursor,
});

/** Names each field: the row has more than its owner may see. */
export function presentEndpoint(endpoint: WebhookEndpoint): WebhookEndpointDto {
  const { id, url, events, status, disabledReason, previousSecretUntil, createdAt } = endpoint;
  return {
    id,
    url,
    events: [...events],
    status,
    disabledReason,
    previousSecretUntil: previousSecretUntil?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}

function withSecret({ endpoint, secret }: WebhookEndpointWithSecret): WebhookEndpointWithSecretDto {
  return { ...presentEndpoint(endpoint), secret: writeSecret(secret) };
}

function presentDelivery(delivery: WebhookDelivery): WebhookDeliveryDto {
  const { id, eventId, eventType, status, attempts, lastStatusCode, lastError, createdAt } = delivery;
  return {
    id,
    eventId,
    eventType,
    status,
    attempts,
    lastStatusCode,
    lastError,
    nextAttemptAt: status === 'pending' ? delivery.nextAttemptAt.toISOString() : null,
    createdAt: createdAt.toISOString(),
    deliveredAt: status === 'delivered' ? (delivery.endedAt?.toISOString() ?? null) : null,
  };
}
