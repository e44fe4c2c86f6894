import { Injectable } from '@nestjs/common';
import type { AnyPresenter, Presenter } from './stored-answer.js';

/** Returns which of these works a recovery has yet to end. The others have never begun, or have ended. */
export type StillOpen = (ids: readonly string[]) => Promise<readonly string[]>;

/** A route whose unfinished work a recovery ends. */
export interface RecoverableRoute<Result> {
  /** As the router has it, with its method: `POST /v1/payments`. */
  readonly route: string;
  readonly stillOpen: StillOpen;
  /** The route's own: the recovery stores what the request would have been answered with. */
  readonly presenter: Presenter<Result>;
}

type RegisteredRoute = Pick<RecoverableRoute<never>, 'route' | 'stillOpen' | 'presenter'>;

/**
 * The recoverable routes: how to find out whether the work behind an unfinished key is open, and how to answer for it.
 * An unfinished key of a route that is not registered is kept for ever, also when its process died before it began
 * anything.
 */
@Injectable()
export class RecoverableOperations {
  private readonly routes = new Map<string, RegisteredRoute>();

  register<Result>(route: RecoverableRoute<Result>): void {
    this.routes.set(route.route, route);
  }

  all(): readonly RegisteredRoute[] {
    return [...this.routes.values()];
  }

  /** @throws Error for a route that is not registered */
  presenterOf(route: string): AnyPresenter {
    const registered = this.routes.get(route);
    if (!registered)
      throw new Error(`${route} is no recoverable operation: register it with RecoverableOperations at the start.`);
    return registered.presenter;
  }
}
