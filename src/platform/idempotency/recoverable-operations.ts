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

/**
 * The recoverable routes: how to find out whether the work behind an unfinished key is open, and how to answer for it.
 * An unfinished key of a route that is not registered is kept for ever, also when its process died before it began
 * anything.
 */
@Injectable()
export class RecoverableOperations {
  private readonly routes = new Map<string, StillOpen>();
  private readonly presenters = new Map<string, AnyPresenter>();

  register<Result>(route: RecoverableRoute<Result>): void;
  /** Until every context has a presenter. */
  register(route: string, stillOpen: StillOpen): void;
  register<Result>(route: RecoverableRoute<Result> | string, stillOpen?: StillOpen): void {
    if (typeof route === 'string') {
      if (stillOpen) this.routes.set(route, stillOpen);
      return;
    }
    this.routes.set(route.route, route.stillOpen);
    this.presenters.set(route.route, route.presenter);
  }

  entries(): readonly (readonly [string, StillOpen])[] {
    return [...this.routes];
  }

  presenterOf(route: string): AnyPresenter | undefined {
    return this.presenters.get(route);
  }
}
