/** Bounds on failed attempts. */
export interface AttemptBounds {
  /** A subject's failures expire this long after the last one. */
  readonly windowMs: number;
  /** How long the subject is blocked after its n-th failure, n from 1; the last entry stands for all beyond. */
  readonly blockMsAfter: readonly number[];
  /** The source that reaches this many failures is refused. */
  readonly sourceFailuresMax: number;
}

/** Counters of an attempt: pseudonyms, never a name or address in the clear. */
export interface AttemptKeys {
  readonly subject: string;
  readonly source: string;
}

/** Whether an attempt may proceed. */
export type AttemptDecision =
  | { readonly kind: 'allowed'; readonly failures: number }
  | { readonly kind: 'blocked' | 'source-refused'; readonly retryAfterMs: number };
