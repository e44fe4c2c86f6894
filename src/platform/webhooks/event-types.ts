import { Injectable } from '@nestjs/common';
import type { DomainEvent } from '../outbox/index.js';
import { eventTypeNames } from './domain/event-type-names.js';
import type { WebhookMessage } from './domain/webhook.js';

/** A type of event that subscribers may choose, and how it follows from a fact of the context that offers it. */
export interface WebhookEventType {
  /** Public and final, such as `order.shipped`. */
  readonly name: string;
  /** The type of the outbox event. */
  readonly fact: string;
  /**
   * Makes the public `data`. Every subscriber gets it: leave out what identifies a person, ids of accounts included.
   */
  readonly present: (payload: never) => object;
}

/** The event types that contexts offer. Contexts register in `onModuleInit`, before a request or a queue is served. */
@Injectable()
export class WebhookEventTypes {
  private readonly byFact = new Map<string, WebhookEventType>();

  /** @throws Error at start when another event type follows from the same fact */
  register(...types: readonly WebhookEventType[]): void {
    for (const type of types) {
      if (this.byFact.has(type.fact)) throw new Error(`Two webhook event types follow from "${type.fact}".`);
      this.byFact.set(type.fact, type);
      if (!eventTypeNames.includes(type.name)) eventTypeNames.push(type.name);
    }
  }

  facts(): readonly string[] {
    return [...this.byFact.keys()];
  }

  /** @throws Error for a fact that no event type follows from */
  toMessage({ id, type: fact, occurredAt, payload }: DomainEvent): WebhookMessage {
    const type = this.byFact.get(fact);
    if (!type) throw new Error(`No webhook event type follows from "${fact}".`);
    const data = type.present(payload as never);
    return {
      eventId: id,
      eventType: type.name,
      body: JSON.stringify({ type: type.name, timestamp: occurredAt.toISOString(), data }),
    };
  }
}
