import { Injectable } from '@nestjs/common';
import type { ContextDatabase, Transaction } from '../database/index.js';
import type { DomainEvent } from './event.js';

/** How often and how far apart a consumer is tried before its event becomes a dead letter. */
export interface RetryPolicy {
  readonly attemptsMax: number;
  /** Doubles with each attempt; half of it is jitter. */
  readonly firstDelayMs: number;
}

/**
 * Something that follows from an event. It has a queue of its own, so that its failure or slowness delays no other
 * consumer. At least one of `handle` and `deliver` is there.
 */
export interface EventConsumer {
  /** Names the queue and the inbox rows: never change it. Lower case, digits and hyphens. */
  readonly name: string;
  readonly eventTypes: readonly string[];
  /** Events handled at the same time by one worker; default 4. */
  readonly concurrency?: number;
  /** Default: 8 attempts, the first pause 1 s. */
  readonly retry?: RetryPolicy;
  /**
   * The effect in the consumer's own tables, in one transaction with the inbox row: it happens once for each event.
   * Nothing outside the database may be called here: the transaction holds a connection.
   */
  handle?(event: DomainEvent, tx: Transaction): Promise<void>;
  /**
   * An effect outside (a mail, an HTTP call), before the transaction and without one. After a crash it is
   * repeated: give the receiver the event's id as its key. Throws when it failed; must have a timeout.
   */
  deliver?(event: DomainEvent): Promise<void>;
}

/** A consumer with the database in which its effects and its inbox rows are written. */
export interface RegisteredConsumer {
  readonly consumer: EventConsumer;
  readonly database: ContextDatabase;
}

const NAME = /^[a-z][a-z0-9-]{1,60}$/;

/** The consumers of each event type. Contexts register in `onModuleInit`; in a worker the queues then start. */
@Injectable()
export class EventConsumers {
  private readonly registered = new Map<string, RegisteredConsumer>();

  /**
   * @param database the context's database: its role writes the effect and the inbox row
   * @throws Error at start when the name is taken or unfit for a queue, or there is nothing to do
   */
  register(consumer: EventConsumer, database: ContextDatabase): void {
    const { name } = consumer;
    if (!NAME.test(name))
      throw new Error(
        `The consumer name ${JSON.stringify(name)} does not fit a queue; use lower case, digits and hyphens.`,
      );
    if (this.registered.has(name))
      throw new Error(`Two consumers are called "${name}"; each needs a queue of its own.`);
    if (!consumer.handle && !consumer.deliver)
      throw new Error(`The consumer "${name}" has neither handle() nor deliver(), so its events would vanish.`);
    this.registered.set(name, { consumer, database });
  }

  all(): readonly RegisteredConsumer[] {
    return [...this.registered.values()];
  }

  /** Names of the consumers of an event type. */
  consumersOf(type: string): readonly string[] {
    return this.all()
      .filter(({ consumer }) => consumer.eventTypes.includes(type))
      .map(({ consumer }) => consumer.name);
  }

  /** Pairs of event type and consumer name. */
  subscriptions(): readonly { type: string; consumer: string }[] {
    return this.all().flatMap(({ consumer }) => consumer.eventTypes.map((type) => ({ type, consumer: consumer.name })));
  }
}
