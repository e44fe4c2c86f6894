import type { Role } from './caller.js';

/** Where the guard asks; the account context provides it. */
export const SESSION_GATE = Symbol('SessionGate');

/** Knows whether a session still lives (ADR 009). */
export interface SessionGate {
  /** The session's account and its roles; undefined when session or account has ended. */
  find(sessionId: string): Promise<{ accountId: string; roles: readonly Role[] } | undefined>;
}
