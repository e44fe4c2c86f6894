import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { Caches } from '../cache/index.js';

/** Where the decorator leaves what it was given. */
export const CACHED_ROUTE = 'bulwark:cached-route';

/** What the decorator says of a route. */
export interface CachedRoute {
  readonly cache: string;
  readonly presenter: (result: unknown) => unknown;
  readonly notFound: string | undefined;
}

/** Thrown at start: a route names a cache that does not exist, so it could not be answered. */
export class UnknownCacheError extends Error {
  override readonly name = 'UnknownCacheError';

  constructor(handlers: readonly string[], cacheNames: readonly string[]) {
    super(
      `These routes name no cache that is defined:\n${handlers.map((handler) => `  - ${handler}`).join('\n')}\n` +
        `Give @CachedRead() one of: ${cacheNames.join(', ')}.`,
    );
  }
}

/** Checks every cached route of the application once, at start. */
@Injectable()
export class CachedRoutes implements OnApplicationBootstrap {
  constructor(
    private readonly caches: Caches,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** @throws UnknownCacheError naming each such route and the repair */
  onApplicationBootstrap(): void {
    const unknown = this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (metatype ? this.routesOf(metatype as new () => object) : []))
      .filter(({ cache }) => this.caches.named(cache) === undefined)
      .map(({ handler, cache }) => `${handler} ("${cache}")`);
    if (unknown.length > 0) throw new UnknownCacheError(unknown, this.caches.names());
  }

  private routesOf(controller: new () => object): { handler: string; cache: string }[] {
    const prototype = controller.prototype as Record<string, object>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const route = Reflect.getMetadata(CACHED_ROUTE, prototype[name] as object) as CachedRoute | undefined;
      return route ? [{ handler: `${controller.name}.${name}`, cache: route.cache }] : [];
    });
  }
}
