import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** A read that must show the latest write of any account: the primary serves it. */
export const ReadsPrimary = (): MethodDecorator => RouteConfig({ readsPrimary: true });

/**
 * A write to cached data: the caller's next reads bypass the caches. For staff's routes only: other callers could
 * bypass every cache with it.
 */
export const InvalidatesCache = (): MethodDecorator => RouteConfig({ invalidatesCache: true });

export const readsPrimary = (request: FastifyRequest): boolean => marked(request, 'readsPrimary');

export const invalidatesCache = (request: FastifyRequest): boolean => marked(request, 'invalidatesCache');

function marked(request: FastifyRequest, mark: string): boolean {
  const config: object = request.routeOptions.config;
  return mark in config && config[mark as keyof typeof config] === true;
}
