import { Injectable } from '@nestjs/common';
import { afterCommit, type Transaction } from '../database/index.js';
import { requestContext } from '../observability/index.js';
import type { DomainEvent } from './event.js';
import { insertEvents } from './outbox-events.js';
import { OutboxRelay } from './outbox-relay.js';

/** Publishes facts together with the change that made them true. */
@Injectable()
export class Outbox {
  constructor(private readonly relay: OutboxRelay) {}

  /**
   * Writes events in the transaction of their change, all in one statement: both commit or neither does.
   * Delivery follows at least once, also when Redis is gone for the moment.
   */
  async append(tx: Transaction, ...events: DomainEvent[]): Promise<void> {
    if (events.length === 0) return;
    const { requestId, traceId } = requestContext.getStore() ?? {};
    await insertEvents(tx, events, { requestId, traceId });
    afterCommit(tx, () => this.relay.nudge());
  }
}
