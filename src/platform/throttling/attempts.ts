/** The bounds of attempts that fail. */
export interface AttemptBounds {
  /** Failures are forgotten this long after the last one. */
  readonly windowMs: number;
  /** How long the subject is blocked after its n-th failure, n from 1; the last entry stands for all beyond. */
  readonly blockMsAfter: readonly number[];
  /** The source that reaches this many failures is refused. */
  readonly sourceFailuresMax: number;
}

/** Who attempts what: opaque keys, never names or addresses of people in the clear. */
export interface AttemptKeys {
  readonly subject: string;
  readonly source: string;
}

/** Whether an attempt may go on. */
export type AttemptDecision =
  | { readonly kind: 'allowed'; readonly failures: number }
  | { readonly kind: 'blocked' | 'source-refused'; readonly retryAfterMs: number };
