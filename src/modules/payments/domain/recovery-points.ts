/**
 * Where a process may die on its way through the money path, in order. Every one is reached by name in the code, and the
 * fault tests and the drill kill a process at each: a phase that is added here is covered by itself.
 */
export const RECOVERY_POINTS = [
  /** The key is reserved, nothing else. */
  'payment.reserved',
  /** Price, stock and payment are committed; the provider has not been asked. */
  'payment.quoted',
  /** The provider holds the money. */
  'payment.authorized',
  /** The provider has taken the money; nobody here has written it down. */
  'payment.captured',
  /** Outcome, event and answer are committed; the caller has not been told. */
  'payment.recorded',
  /** The key of a refund is reserved, nothing else. */
  'refund.reserved',
  /** The amount is set aside. */
  'refund.begun',
  /** The provider has given the money back; nobody here has written it down. */
  'refund.made',
  /** Outcome, event and answer of the refund are committed. */
  'refund.recorded',
] as const;

/** A place at which the work can be taken up again. */
export type RecoveryPoint = (typeof RECOVERY_POINTS)[number];
