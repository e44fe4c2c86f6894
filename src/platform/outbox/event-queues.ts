import { getSharedConfigToken } from '@nestjs/bullmq';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Queue, type BulkJobOptions, type QueueOptions } from 'bullmq';
import { withDeadline } from '../background/index.js';
import { logger } from '../observability/index.js';
import { EventConsumers, type EventConsumer } from './event-consumers.js';
import type { QueuedEvent } from './event.js';
import { QueueConnections } from './queue-connections.js';

export type EventQueue = Queue<QueuedEvent, void, string>;

const PUBLISH_TIMEOUT_MS = 5_000;
const ATTEMPTS_MAX = 8;
const FIRST_DELAY_MS = 1_000;
/** Half of each pause is chance, so that what failed together does not come back together. */
const JITTER = 0.5;

/** One queue a consumer; the name of the queue is the consumer's. */
@Injectable()
export class EventQueues implements OnApplicationShutdown {
  private readonly queues = new Map<string, EventQueue>();

  constructor(
    @Inject(getSharedConfigToken()) private readonly shared: QueueOptions,
    private readonly connections: QueueConnections,
    private readonly consumers: EventConsumers,
  ) {}

  isReady(): boolean {
    return this.connections.isReady();
  }

  /**
   * Adds events to the queues of the consumers that want them, in the given order. The job's id is the event's, so that
   * a queue that still holds the event takes it once.
   * @throws when a queue has not taken its share in time; some queues may have
   */
  async publish(events: readonly QueuedEvent[], wantedBy: (event: QueuedEvent) => readonly string[]): Promise<void> {
    const shares = new Map<string, QueuedEvent[]>();
    for (const event of events) {
      for (const name of wantedBy(event)) {
        const share = shares.get(name);
        if (share) share.push(event);
        else shares.set(name, [event]);
      }
    }
    await withDeadline(
      Promise.all([...shares].map(([name, share]) => this.addShare(name, share))),
      PUBLISH_TIMEOUT_MS,
      `The queue server did not take the events within ${PUBLISH_TIMEOUT_MS} ms.`,
    );
  }

  /** The queue of a registered consumer. */
  of(name: string): EventQueue {
    const known = this.queues.get(name);
    if (known) return known;
    const queue: EventQueue = new Queue(name, this.shared);
    queue.on('error', (error) => logger.debug({ error, queue: name }, 'A queue cannot be reached.'));
    this.queues.set(name, queue);
    // A queue whose first command failed repeats that failure for ever: the next call makes another queue.
    queue.waitUntilReady().catch(() => this.discard(name, queue));
    return queue;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.queues.values()].map((queue) => queue.close()));
  }

  private discard(name: string, queue: EventQueue): void {
    if (this.queues.get(name) === queue) this.queues.delete(name);
    queue
      .close()
      .catch((error: unknown) =>
        logger.debug({ error, queue: name }, 'A queue that never worked could not be closed.'),
      );
  }

  private async addShare(name: string, share: readonly QueuedEvent[]): Promise<void> {
    const consumer = this.consumers.all().find((entry) => entry.consumer.name === name)?.consumer;
    const retry = retryOptions(consumer);
    await this.of(name).addBulk(
      share.map((event) => ({ name: event.type, data: event, opts: { ...retry, jobId: event.id } })),
    );
  }
}

function retryOptions(consumer: EventConsumer | undefined): BulkJobOptions {
  const { attemptsMax, firstDelayMs } = consumer?.retry ?? { attemptsMax: ATTEMPTS_MAX, firstDelayMs: FIRST_DELAY_MS };
  return { attempts: attemptsMax, backoff: { type: 'exponential', delay: firstDelayMs, jitter: JITTER } };
}
