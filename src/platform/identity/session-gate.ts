import type { Role } from './caller.js';

/** Injects the {@link SessionGate}; the context that owns sessions provides it. */
export const SESSION_GATE = Symbol('SessionGate');

/** A session that has not ended, with the present roles of its account. */
export interface LiveSession {
  readonly accountId: string;
  readonly roles: readonly Role[];
}

/** Finds live sessions (ADR 009). */
export interface SessionGate {
  /** Shows the account's own writes. @returns undefined when session or account has ended */
  find(sessionId: string): Promise<LiveSession | undefined>;

  /** Shows all writes, those of other accounts too. */
  findLatest(sessionId: string): Promise<LiveSession | undefined>;
}
