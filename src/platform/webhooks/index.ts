/**
 * Webhooks: subscribers register URLs, choose event types that contexts offer, and get signed messages (Standard
 * Webhooks, ADR 028). Built like a context, since it has routes, tables and background work of its own: contract/,
 * http/, domain/ and persistence/ mean the same as there; target/ is where a message may be sent, and the call.
 */
export { WebhooksModule } from './webhooks.module.js';
/** Contexts register what subscribers may choose, in `onModuleInit`. */
export { WebhookEventTypes, type WebhookEventType } from './event-types.js';
/** Endpoints of every account: for operators' commands, and for what ends with an account or its role. */
export { OperateEndpoints } from './operate-endpoints.js';
