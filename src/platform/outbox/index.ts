/**
 * Outbox: facts are written in the transaction that makes them true, relayed to one queue a consumer, and have
 * their effect once through the consumer's inbox (ADR 007).
 */
export { OutboxModule } from './outbox.module.js';
export { Outbox } from './outbox.js';
export type { DomainEvent } from './event.js';
/** The bench runs it alone. */
export { OutboxRelay } from './outbox-relay.js';
export { EventConsumers, type EventConsumer, type RetryPolicy } from './event-consumers.js';
export { DeadLettersModule } from './dead-letters.module.js';
export { DeadLetters, type DeadLetter } from './dead-letters.js';
