import { randomUUID } from 'node:crypto';
import { logger } from '../observability/index.js';
import type { GuardedRedis, RedisClient } from '../redis/index.js';
import {
  decodeInvalidationMessage,
  encodeInvalidationMessage,
  type InvalidationMessage,
  type Change,
} from './invalidation-message.js';

const CHANNEL = 'bulwark:cache-invalidations';
/** Some 25 KB a message. */
const CHANGES_A_MESSAGE_MAX = 500;

/** One pass of the publisher over the invalidation log, or a part of it. */
export interface InvalidationRun {
  readonly from: number;
  readonly next: number;
  readonly changes: readonly Change[];
  /** Whether this part begins the run. */
  readonly first: boolean;
  /** Whether changes before the run may never have been published: subscribers then begin a new epoch. */
  readonly startsOver?: boolean;
  /** In the last part, when the run began (ms); null while more parts follow. */
  readonly completeAt: number | null;
}

/** Carries invalidation messages between the processes. A lost message is noticed by its number. */
export class Backplane {
  private readonly publisherId = randomUUID();
  private number = 0;

  constructor(
    private readonly connection: GuardedRedis,
    private readonly subscriber: RedisClient,
    private readonly receive: (message: InvalidationMessage) => void,
  ) {
    subscriber.on('error', (error: Error) =>
      logger.debug({ error }, 'The backplane is disconnected: no invalidation messages arrive.'),
    );
    subscriber.on('message', (_channel: string, text: string) => {
      const message = decodeInvalidationMessage(text);
      // The process's own messages were received when they were sent.
      if (message && message.publisherId !== this.publisherId) receive(message);
    });
    void subscriber
      .subscribe(CHANNEL)
      .catch((error: unknown) =>
        logger.warn({ error }, 'The backplane cannot be subscribed to: no invalidation messages arrive.'),
      );
  }

  /** Publishes a run in messages of bounded size. @returns false when a message was not sent: repeat the run */
  async publishRun({ from, next, changes, first, startsOver = false, completeAt }: InvalidationRun): Promise<boolean> {
    // A number is left out, so that every subscriber sees a gap and begins a new epoch.
    if (startsOver) this.number++;
    for (let begin = 0; begin === 0 || begin < changes.length; begin += CHANGES_A_MESSAGE_MAX) {
      const part = changes.slice(begin, begin + CHANGES_A_MESSAGE_MAX);
      const last = begin + part.length >= changes.length;
      const sent = await this.send({
        publisherId: this.publisherId,
        number: ++this.number,
        first: first && begin === 0,
        from,
        next,
        changes: part,
        completeAt: last ? completeAt : null,
      });
      if (!sent) return false;
    }
    return true;
  }

  /** Publishes single changes at once; the publisher's next run repeats them. */
  async publishNow(changes: readonly Change[]): Promise<void> {
    for (let first = 0; first < changes.length; first += CHANGES_A_MESSAGE_MAX) {
      await this.send({
        publisherId: this.publisherId,
        number: 0,
        first: false,
        from: 0,
        next: 0,
        changes: changes.slice(first, first + CHANGES_A_MESSAGE_MAX),
        completeAt: null,
      });
    }
  }

  close(): void {
    this.subscriber.disconnect();
  }

  private async send(message: InvalidationMessage): Promise<boolean> {
    this.receive(message);
    const receivers = await this.connection.ask((client) =>
      client.publish(CHANNEL, encodeInvalidationMessage(message)),
    );
    return receivers !== undefined;
  }
}
