import type { FastifyRequest } from 'fastify';

/** Rights beyond the account's own data. */
export const ROLES = ['customer', 'merchandiser', 'finance', 'partner'] as const;
export type Role = (typeof ROLES)[number];

/** The account and session of a request. */
export interface Caller {
  readonly accountId: string;
  readonly sessionId: string;
  readonly roles: readonly Role[];
}

const callers = new WeakMap<object, Caller>();

/** Attaches the caller to a request whose token has been verified. */
export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** The caller of a request; undefined for an anonymous one. */
export function callerOf(request: FastifyRequest): Caller | undefined {
  return callers.get(request);
}
