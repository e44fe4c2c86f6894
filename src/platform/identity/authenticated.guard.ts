import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { OwnWrites } from '../consistency/index.js';
import { HttpProblems } from '../problems/index.js';
import { AccessTokens } from './access-tokens.js';
import { setCaller, type Role } from './caller.js';
import { SESSION_GATE, type SessionGate } from './session-gate.js';

/** Metadata of {@link RequiresRole}. */
export const REQUIRED_ROLES = 'bulwark:required-roles';

const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;
const CHALLENGE = { 'www-authenticate': 'Bearer realm="bulwark"' };

/** Admits a request whose token is valid and whose session is live; then checks the role. */
@Injectable()
export class AuthenticatedGuard implements CanActivate {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly reflector: Reflector,
    private readonly writes: OwnWrites,
    @Inject(SESSION_GATE) private readonly sessions: SessionGate,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const claims = await this.claimsOf(request);
    // Roles and session are read as the account last wrote them.
    if (claims) await this.writes.load(claims.accountId);
    const required = this.reflector.getAllAndOverride<readonly Role[] | undefined>(REQUIRED_ROLES, [
      context.getHandler(),
      context.getClass(),
    ]);
    // Other accounts grant and revoke roles, so they are no own writes. A session that a replica does not have yet is
    // read again from the primary before the caller is refused.
    const session =
      claims &&
      ((required ? undefined : await this.sessions.find(claims.sessionId)) ??
        (await this.sessions.findLatest(claims.sessionId)));
    if (!claims || session?.accountId !== claims.accountId)
      throw HttpProblems.unauthenticated('The access token is missing, wrong or has run out.', { headers: CHALLENGE });
    if (required && !required.some((role) => session.roles.includes(role)))
      throw HttpProblems.forbidden(`This needs the role ${required.join(' or ')}.`);
    setCaller(request, { ...claims, roles: session.roles });
    return true;
  }

  private async claimsOf(request: FastifyRequest) {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    return token === undefined ? undefined : this.tokens.verify(token);
  }
}
