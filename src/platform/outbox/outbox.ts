import { Injectable } from '@nestjs/common';
import { afterCommit, type Transaction } from '../database/index.js';
import { requestContext } from '../observability/index.js';
import type { DomainEvent, EventHeaders } from './event.js';
import { eventRows, insertEvents } from './outbox-events.js';
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
    await insertEvents(tx, events, headersNow());
    afterCommit(tx, () => this.relay.nudge());
  }

  /**
   * Events for a function of the caller's own context that hands them to `platform.append_events`, so that a whole
   * transaction is one statement. Call {@link committed} after it.
   */
  prepare(...events: DomainEvent[]): string {
    return eventRows(events, headersNow());
  }

  /** Says that prepared events are committed: they are relayed at once instead of at the next poll. */
  committed(): void {
    this.relay.nudge();
  }
}

function headersNow(): EventHeaders {
  const { requestId, traceId } = requestContext.getStore() ?? {};
  return { requestId, traceId };
}
