import type { Role } from './caller.js';

/** Where the guard asks; the account context provides it. */
export const SESSION_GATE = Symbol('SessionGate');

export interface LivingSession {
  readonly accountId: string;
  readonly roles: readonly Role[];
}

/** Knows whether a session still lives (ADR 009). */
export interface SessionGate {
  /** The session's account and its roles, as the account's own writes left them; undefined when session or account has ended. */
  find(sessionId: string): Promise<LivingSession | undefined>;

  /** The same, as everybody's writes left them. */
  findLatest(sessionId: string): Promise<LivingSession | undefined>;
}
