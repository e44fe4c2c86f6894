/** A fact that a context publishes. Small and flat; no personal data, tokens or secrets: it is kept in a queue. */
export interface DomainEvent<T = unknown> {
  /** UUIDv7; every consumer has its effect once for it. */
  readonly id: string;
  /** `<context>.<fact>.v1`; a published version never changes. */
  readonly type: string;
  readonly aggregateType: string;
  /** Events of one aggregate are handed to the queue in the order of their commits. */
  readonly aggregateId: string;
  readonly occurredAt: Date;
  readonly payload: T;
}

/** What travels beside an event. */
export interface EventHeaders {
  readonly requestId?: string;
  readonly traceId?: string;
}

/** An event as a queue carries it. */
export interface QueuedEvent {
  readonly id: string;
  readonly type: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly occurredAt: string;
  readonly payload: unknown;
  readonly headers: EventHeaders;
}
