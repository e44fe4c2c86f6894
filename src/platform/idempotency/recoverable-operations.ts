import { Injectable } from '@nestjs/common';

/** Says which of these works a recovery has yet to end. What it does not name has never begun, or has ended. */
export type StillOpen = (workIds: readonly string[]) => Promise<readonly string[]>;

/**
 * Who can say whether the work behind an unfinished key is open. Without a word from here such a key of a recoverable route lives
 * for ever, also when its process died before it began anything.
 */
@Injectable()
export class RecoverableOperations {
  private readonly routes = new Map<string, StillOpen>();

  /** @param route as the router has it, with its method: `POST /v1/payments` */
  register(route: string, stillOpen: StillOpen): void {
    this.routes.set(route, stillOpen);
  }

  entries(): readonly (readonly [string, StillOpen])[] {
    return [...this.routes];
  }
}
