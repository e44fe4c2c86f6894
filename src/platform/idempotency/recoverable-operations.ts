import { Injectable } from '@nestjs/common';
import type { AnyPresenter, Presenter } from './stored-answer.js';

/** Says which of these works a recovery has yet to end. What it does not name has never begun, or has ended. */
export type StillOpen = (workIds: readonly string[]) => Promise<readonly string[]>;

/** A route whose unfinished work a recovery ends. */
export interface RecoverableRoute<Result> {
  /** As the router has it, with its method: `POST /v1/payments`. */
  readonly route: string;
  readonly stillOpen: StillOpen;
  /** The route's own: the recovery stores what the request would have been answered with. */
  readonly presenter: Presenter<Result>;
}

/**
 * Who can say whether the work behind an unfinished key is open. Without a word from here such a key of a recoverable route lives
 * for ever, also when its process died before it began anything.
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
