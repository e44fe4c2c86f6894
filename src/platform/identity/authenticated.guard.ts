import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { OwnWrites } from '../consistency/index.js';
import { HttpProblems } from '../problems/index.js';
import { AccessTokens } from './access-tokens.js';
import { rememberCaller, type Role } from './caller.js';
import { SESSION_GATE, type SessionGate } from './session-gate.js';

/** Where {@link RequiresRole} leaves its mark. */
export const ROLES_WANTED = 'bulwark:roles-wanted';

const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;
const CHALLENGE = { 'www-authenticate': 'Bearer realm="bulwark"' };

/** Lets a request pass when its token is believed and its session lives; then checks the role. */
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
    // Roles, and whether the session lives, are own reads too.
    if (claims) await this.writes.recall(claims.accountId);
    const wanted = this.reflector.getAllAndOverride<readonly Role[] | undefined>(ROLES_WANTED, [
      context.getHandler(),
      context.getClass(),
    ]);
    // Roles are given and taken by others, so they are no own writes. Nobody is turned away because a replica has not heard
    // of their session yet.
    const session =
      claims &&
      ((wanted ? undefined : await this.sessions.find(claims.sessionId)) ??
        (await this.sessions.findLatest(claims.sessionId)));
    if (!claims || session?.accountId !== claims.accountId)
      throw HttpProblems.unauthenticated('The access token is missing, wrong or has run out.', { headers: CHALLENGE });
    if (wanted && !wanted.some((role) => session.roles.includes(role)))
      throw HttpProblems.forbidden(`This needs the role ${wanted.join(' or ')}.`);
    rememberCaller(request, { ...claims, roles: session.roles });
    return true;
  }

  private async claimsOf(request: FastifyRequest) {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    return token === undefined ? undefined : this.tokens.verify(token);
  }
}
