/**
 * The points between two phases of a payment or refund, in order: a process that dies there leaves work from which
 * recovery goes on. The code reaches each by its name, and the fault tests and the drill kill a process at each one, so
 * that a new point is covered at once.
 */
export const RECOVERY_POINTS = [
  /** The key is reserved, nothing else. */
  'payment.reserved',
  /** Price, stock and payment are committed; the provider has not been called. */
  'payment.quoted',
  /** The provider has authorized the payment. */
  'payment.authorized',
  /** The provider has captured the payment; it is not recorded here. */
  'payment.captured',
  /** Outcome, event and answer are committed; the answer is not sent. */
  'payment.recorded',
  /** The key of a refund is reserved, nothing else. */
  'refund.reserved',
  /** The amount is reserved. */
  'refund.begun',
  /** The provider has refunded the amount; it is not recorded here. */
  'refund.made',
  /** Outcome, event and answer of the refund are committed. */
  'refund.recorded',
] as const;

/** One of {@link RECOVERY_POINTS}. */
export type RecoveryPoint = (typeof RECOVERY_POINTS)[number];
