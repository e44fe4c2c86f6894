import { Injectable, RequestMethod, type OnApplicationBootstrap } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { AnyPresenter } from './stored-answer.js';

/** Whether a route takes an idempotency key, or why it needs none. */
export type RouteIdempotency = IdempotentRoute | { readonly kind: 'exempt'; readonly reason: string };

/** A route that takes an idempotency key. */
export interface IdempotentRoute {
  readonly kind: 'idempotent';
  readonly recoverable: boolean;
  readonly presenter: AnyPresenter;
}

/** Where the decorators leave their mark. */
export const ROUTE_IDEMPOTENCY = 'bulwark:route-idempotency';

/** A state-changing route as the boot scan found it. */
export interface StateChangingRoute {
  readonly method: string;
  readonly path: string;
  /** `Controller.handler`, to find it in the source. */
  readonly handler: string;
  /** Undefined when the route has neither decorator; the process refuses to start then. */
  readonly idempotency: RouteIdempotency | undefined;
}

const STATE_CHANGING: ReadonlyMap<RequestMethod, string> = new Map([
  [RequestMethod.POST, 'POST'],
  [RequestMethod.PUT, 'PUT'],
  [RequestMethod.PATCH, 'PATCH'],
  [RequestMethod.DELETE, 'DELETE'],
  [RequestMethod.ALL, 'ALL'],
]);

/** Thrown at start: a route changes state and a retry of it could do so twice. */
export class UnguardedRouteError extends Error {
  override readonly name = 'UnguardedRouteError';

  constructor(readonly routes: readonly StateChangingRoute[]) {
    const lines = routes.map(({ method, path, handler }) => `  - ${method} ${path} (${handler})`);
    super(
      `These routes change state and are neither idempotent nor exempt in writing:\n${lines.join('\n')}\n` +
        "Add @Idempotent({ presenter }), or @ExemptFromIdempotency('why repeating it is safe').",
    );
  }
}

/** Finds every state-changing route of the application and refuses to start with one that has neither decorator. */
@Injectable()
export class IdempotencyScan implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** @throws UnguardedRouteError naming each such route and the repair */
  onApplicationBootstrap(): void {
    const unguarded = this.routes().filter((route) => route.idempotency === undefined);
    if (unguarded.length > 0) throw new UnguardedRouteError(unguarded);
  }

  /** Every state-changing route with its idempotency, in the order of path and method. */
  routes(): StateChangingRoute[] {
    const controllers = this.discovery.getControllers().filter(({ metatype }) => metatype);
    const routes = controllers.flatMap(({ metatype }) => this.routesOf(metatype as new () => object));
    return routes.toSorted((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`));
  }

  private routesOf(controller: new () => object): StateChangingRoute[] {
    const prototype = controller.prototype as Record<string, object>;
    const bases = [(Reflect.getMetadata(PATH_METADATA, controller) as string | string[] | undefined) ?? ''].flat();
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name] as object;
      const method = STATE_CHANGING.get(Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod);
      if (method === undefined) return [];
      const paths = [(Reflect.getMetadata(PATH_METADATA, handler) as string | string[] | undefined) ?? ''].flat();
      const idempotency = Reflect.getMetadata(ROUTE_IDEMPOTENCY, handler) as RouteIdempotency | undefined;
      return bases.flatMap((base) =>
        paths.map((path) => ({ method, path: join(base, path), handler: `${controller.name}.${name}`, idempotency })),
      );
    });
  }
}

function join(...parts: string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;
}
