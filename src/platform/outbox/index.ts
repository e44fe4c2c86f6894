/**
 * Outbox: facts are written in the transaction that makes them true, relayed to one queue a consumer, and have
 * their effect once through the consumer's inbox (ADR 007).
 *
 * More than a dozen files, and still one capability: an event's row, its job and the consumer's inbox row prove
 * together that it has its effect once, so the relay may lose what the redelivery finds, and a partition is dropped
 * only when its events cannot come again. A dead letter is the last state of the same event.
 */
export { OutboxModule } from './outbox.module.js';
export { Outbox } from './outbox.js';
export type { DomainEvent } from './event.js';
/** The bench runs it alone. */
export { OutboxRelay } from './outbox-relay.js';
export { EventConsumers, type EventConsumer, type RetryPolicy } from './event-consumers.js';
export { DeadLettersModule } from './dead-letters.module.js';
export { DeadLetters, type DeadLetter } from './dead-letters.js';
