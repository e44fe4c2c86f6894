import { Injectable } from '@nestjs/common';

/** Tells a relay in the same process that something was committed, so that it need not wait for its next poll. */
@Injectable()
export class RelayNudge {
  private listener: () => void = () => undefined;

  listen(listener: () => void): void {
    this.listener = listener;
  }

  ring(): void {
    this.listener();
  }
}
