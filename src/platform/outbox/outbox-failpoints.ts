/**
 * Where a worker may die on an event's way, in order: after each of them the event comes once more, and still has its
 * effect once. The fault tests kill a process at each.
 */
export const OUTBOX_POINTS = [
  /** The queues have taken a batch; it is not marked as published. */
  'event.published',
  /** A consumer's effect is committed; its job has not been acknowledged. */
  'event.consumed',
] as const;

/** A place after which an event is delivered again. */
export type OutboxPoint = (typeof OUTBOX_POINTS)[number];
