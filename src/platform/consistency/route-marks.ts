import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** A read that has to see the latest, whoever wrote it: the primary serves it. */
export const ReadsPrimary = (): MethodDecorator => RouteConfig({ readsPrimary: true });

/** A write to what is served from caches: its caller's next reads look past them. Only for routes of staff, or callers could turn every cache off. */
export const InvalidatesCache = (): MethodDecorator => RouteConfig({ writesWhatIsCached: true });

export const readsPrimary = (request: FastifyRequest): boolean => marked(request, 'readsPrimary');

export const writesWhatIsCached = (request: FastifyRequest): boolean => marked(request, 'writesWhatIsCached');

function marked(request: FastifyRequest, mark: string): boolean {
  const config: object = request.routeOptions.config;
  return mark in config && config[mark as keyof typeof config] === true;
}
