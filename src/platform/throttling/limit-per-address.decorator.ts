import { SetMetadata, UseGuards, applyDecorators } from '@nestjs/common';
import { DescribesProblems } from '../problems/index.js';
import { ROUTE_LIMIT, RouteLimitGuard, type RouteLimit } from './route-limit.guard.js';

/**
 * Limits a route for each source address, counted by the whole fleet: 429 `rate_limited` with `Retry-After`,
 * and the `RateLimit` fields on every answer. Routes that share a name share the count.
 */
export function LimitPerAddress(limit: RouteLimit): MethodDecorator {
  return applyDecorators(
    SetMetadata(ROUTE_LIMIT, limit),
    UseGuards(RouteLimitGuard),
    DescribesProblems('rate_limited'),
  );
}
