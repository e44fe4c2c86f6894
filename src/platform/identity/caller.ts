import type { FastifyRequest } from 'fastify';

/** What an account may do beyond its own affairs. */
export const ROLES = ['customer', 'merchandiser', 'finance', 'partner'] as const;
export type Role = (typeof ROLES)[number];

/** Who sends a request. */
export interface Caller {
  readonly accountId: string;
  readonly sessionId: string;
  readonly roles: readonly Role[];
}

const callers = new WeakMap<object, Caller>();

/** Remembers who sent a request, once its token is believed. */
export function rememberCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Who sent the request; undefined for an anonymous one. */
export function callerOf(request: FastifyRequest): Caller | undefined {
  return callers.get(request);
}
