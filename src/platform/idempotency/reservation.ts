import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnyPresenter, StoredAnswer } from './stored-answer.js';

/** A key that this process holds, for as long as its lease and token are good. */
export interface Reservation {
  readonly scope: string;
  readonly key: string;
  /** The id of what is created: the same for every attempt with this key. */
  readonly workId: string;
  /** Fences this attempt: a takeover of the key changes it, and this attempt can commit nothing more. */
  readonly lockToken: string;
  /** The last phase that an earlier attempt committed; null when there was none. */
  readonly recoveryPoint: string | null;
  /** Whether an earlier attempt ended without an answer. */
  readonly resumed: boolean;
  /** The request's path, as problems name it. */
  readonly instance: string;
  /** Makes the route's answer from a result. */
  readonly presenter: AnyPresenter;
  /** Set once the answer has been committed. */
  committed?: StoredAnswer;
}

/** The reservation that the current code runs under. */
export const currentReservation = new AsyncLocalStorage<Reservation>();

/** Thrown when another attempt has taken the key over; the transaction must roll back. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor() {
    super(
      'The lease of the idempotency key was lost: another attempt took the work over, and this one must roll back.',
    );
  }
}
