import { Injectable } from '@nestjs/common';
import type { DomainEvent } from '../outbox/index.js';
import { eventTypeNames } from './domain/event-type-names.js';
import type { WebhookMessage } from './domain/webhook.js';

/** A type of event that subscribers may choose, and which event of the offering context it follows from. */
export interface WebhookEventType {
  /** Public and final, such as `order.shipped`. */
  readonly name: string;
  /** When it is sent, in a sentence for subscribers. */
  readonly summary: string;
  /** The class of `data`, for the OpenAPI document. */
  readonly dataType: new () => object;
  /** The type of the outbox event. */
  readonly domainEventType: string;
  /**
   * Makes the public `data`. Every subscriber gets it: leave out what identifies a person, ids of accounts included.
   */
  readonly present: (payload: never) => object;
}

/** The event types that contexts offer. Contexts register in `onModuleInit`, before a request or a queue is served. */
@Injectable()
export class WebhookEventTypes {
  private readonly byDomainEventType = new Map<string, WebhookEventType>();

  /** @throws Error at start when another type follows from the same domain event */
  register(...types: readonly WebhookEventType[]): void {
    for (const type of types) {
      if (this.byDomainEventType.has(type.domainEventType))
        throw new Error(`Two webhook event types follow from "${type.domainEventType}".`);
      this.byDomainEventType.set(type.domainEventType, type);
      if (!eventTypeNames.includes(type.name)) eventTypeNames.push(type.name);
    }
  }

  all(): readonly WebhookEventType[] {
    return [...this.byDomainEventType.values()];
  }

  domainEventTypes(): readonly string[] {
    return [...this.byDomainEventType.keys()];
  }

  /** @throws Error for a domain event that no type follows from */
  toMessage({ id, type: domainEventType, occurredAt, payload }: DomainEvent): WebhookMessage {
    const type = this.byDomainEventType.get(domainEventType);
    if (!type) throw new Error(`No webhook event type follows from "${domainEventType}".`);
    const data = type.present(payload as never);
    return {
      eventId: id,
      eventType: type.name,
      body: JSON.stringify({ type: type.name, timestamp: occurredAt.toISOString(), data }),
    };
  }
}
