import { SetMetadata, UseGuards, applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { DescribesProblems, HttpProblems } from '../problems/index.js';
import { AuthenticatedGuard, REQUIRED_ROLES } from './authenticated.guard.js';
import { callerOf, type Caller, type Role } from './caller.js';

/** Requires a live session: else 401 `unauthenticated`. */
export function Authenticated(): MethodDecorator & ClassDecorator {
  return applyDecorators(UseGuards(AuthenticatedGuard), ApiBearerAuth(), DescribesProblems('unauthenticated'));
}

/** Requires one of the roles: else 401, or 403 `forbidden`. */
export function RequiresRole(...roles: Role[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(REQUIRED_ROLES, roles),
    UseGuards(AuthenticatedGuard),
    ApiBearerAuth(),
    DescribesProblems('unauthenticated', 'forbidden'),
  );
}

/** The {@link Caller}, on a route that requires a session. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (!caller) throw HttpProblems.unauthenticated('The route needs a caller, and its guard is missing.');
  return caller;
});
