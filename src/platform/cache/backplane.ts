import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { logger } from '../observability/index.js';
import {
  decodeInvalidationMessage,
  encodeInvalidationMessage,
  type InvalidationMessage,
  type Change,
} from './invalidation-message.js';
import type { CacheConnection } from './cache-connection.js';

const CHANNEL = 'bulwark:cache-changes';
/** Some 25 KB a message. */
const CHANGES_A_MESSAGE_MAX = 500;

/** A look at the changes, or a part of one, as the leader tells it. */
export interface Look {
  readonly from: number;
  readonly next: number;
  readonly changes: readonly Change[];
  /** Whether this is where the look begins. */
  readonly first: boolean;
  /** Whether changes before it may never have been told: whoever hears it then trusts nothing from before. */
  readonly anew?: boolean;
  /** When the look began (ms), with its last part; null while more follows. */
  readonly completeAt: number | null;
}

/** Carries announcements between the processes. A message that gets lost is noticed by its number. */
export class Backplane {
  private readonly leader = randomUUID();
  private number = 0;

  constructor(
    private readonly connection: CacheConnection,
    private readonly subscriber: Redis | Cluster,
    private readonly receive: (announcement: InvalidationMessage) => void,
  ) {
    subscriber.on('error', (error: Error) =>
      logger.debug({ error }, 'No announcements of changes come for the moment.'),
    );
    subscriber.on('message', (_channel: string, text: string) => {
      const announcement = decodeInvalidationMessage(text);
      // Our own were taken in when they were sent.
      if (announcement && announcement.leader !== this.leader) receive(announcement);
    });
    void subscriber
      .subscribe(CHANNEL)
      .catch((error: unknown) => logger.warn({ error }, 'The announcements of changes cannot be listened to.'));
  }

  /** Tells it in messages of bounded size. @returns false when some did not go out: look again */
  async tellLook({ from, next, changes, first, anew = false, completeAt }: Look): Promise<boolean> {
    // A number is left out, which everybody takes for a lost message.
    if (anew) this.number++;
    for (let begin = 0; begin === 0 || begin < changes.length; begin += CHANGES_A_MESSAGE_MAX) {
      const part = changes.slice(begin, begin + CHANGES_A_MESSAGE_MAX);
      const last = begin + part.length >= changes.length;
      const sent = await this.send({
        leader: this.leader,
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

  /** Tells single changes at once; the leader will tell them again, this only adds haste. */
  async publishNow(changes: readonly Change[]): Promise<void> {
    for (let first = 0; first < changes.length; first += CHANGES_A_MESSAGE_MAX) {
      await this.send({
        leader: this.leader,
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

  private async send(announcement: InvalidationMessage): Promise<boolean> {
    this.receive(announcement);
    const listeners = await this.connection.ask((client) =>
      client.publish(CHANNEL, encodeInvalidationMessage(announcement)),
    );
    return listeners !== undefined;
  }
}
