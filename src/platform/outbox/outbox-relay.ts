import { Injectable } from '@nestjs/common';
import { RepeatingTask, RunsInWorker, type BackgroundTask } from '../background/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { Failpoints } from '../failpoints/index.js';
import { HealthChecks, logger } from '../observability/index.js';
import { EventConsumers } from './event-consumers.js';
import { EventQueues } from './event-queues.js';
import { hasPending, holdBack, markPublished, readPending } from './outbox-events.js';
import type { QueuedEvent } from './event.js';
import type { OutboxPoint } from './outbox-failpoints.js';
import { QueueConnections } from './queue-connections.js';
import { FIRST_RECHECK_MS } from './redelivery.js';
import { RelayLease } from './relay-lease.js';

/** Large enough that the round trips vanish beside the work, small enough to be read in a few milliseconds. */
const BATCH_MAX = 500;
const POLL_MS = 100;
const OUTAGE_PAUSE_MS = 500;
/** A backlog takes many runs, one right after the other. */
const DEADLINE_MS = 30_000;
const REFUSED_PAUSE_MS = 1_000;
/** While another relay works. */
const STANDBY_PAUSE_MS = 1_000;

/**
 * Moves events from the outbox to the queues. One relay of many works, by a lease; no row is locked, so that a Redis
 * that hangs holds no lock in the database. Without Redis none of them works.
 */
@RunsInWorker()
@Injectable()
export class OutboxRelay implements BackgroundTask {
  private down = false;
  private hasWaited = false;
  private readonly task = new RepeatingTask({
    everyMs: POLL_MS,
    deadlineMs: DEADLINE_MS,
    startsAtOnce: true,
    retryAfterMs: OUTAGE_PAUSE_MS,
    run: (signal) => this.run(signal),
    onFailure: (error) =>
      logger.warn({ error }, 'The outbox could not be relayed; it stays in the database and goes later.'),
  });

  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly queues: EventQueues,
    private readonly consumers: EventConsumers,
    private readonly connections: QueueConnections,
    private readonly lease: RelayLease,
    private readonly health: HealthChecks,
    private readonly failpoints: Failpoints,
  ) {}

  start(): void {
    // Payments go on without it, so it never takes the instance out of service.
    this.health.register('redis-queue', () => this.connections.ping(), { critical: false });
    void this.task.start();
  }

  async stop(): Promise<void> {
    await this.task.stop();
    await this.lease
      .release()
      .catch((error: unknown) =>
        logger.warn({ error }, 'The lease of the relay could not be released; the next relay waits for its end.'),
      );
  }

  /** Polls at once instead of after the pause. */
  nudge(): void {
    this.task.runSooner();
  }

  private async run(signal: AbortSignal): Promise<number> {
    if (!this.hasWaited)
      await this.connections
        .waitUntilReady()
        .catch((error: unknown) => logger.warn({ error }, 'The queue server was not there at the start.'));
    this.hasWaited = true;
    return this.relayBatches(signal);
  }

  /**
   * Relays until there is no full batch any more. While a batch is on its way the one before it is marked and the next
   * one is read; batches go one after the other, so the order of an aggregate holds.
   * @returns how long to wait before the next poll
   */
  private async relayBatches(signal: AbortSignal): Promise<number> {
    if (!this.checkQueues()) return OUTAGE_PAUSE_MS;
    if (!(await hasPending(this.database.primary))) return POLL_MS;
    if (!(await this.lease.hold())) return STANDBY_PAUSE_MS;
    let marking: Promise<void> = Promise.resolve();
    let marked: readonly string[] = [];
    try {
      for (let batch = await this.read([]); batch.length > 0 && !signal.aborted;) {
        if (!(await this.lease.hold())) return STANDBY_PAUSE_MS;
        const ids = batch.map(({ id }) => id);
        const isFull = batch.length === BATCH_MAX;
        const [published, next] = await Promise.allSettled([
          this.publish(batch, ids),
          isFull ? this.read([...marked, ...ids]) : [],
        ]);
        await marking;
        if (published.status === 'rejected') throw published.reason;
        marking = markPublished(this.database.primary, ids, FIRST_RECHECK_MS);
        // It is awaited a batch later; until then its failure must not count as unhandled.
        marking.catch(() => undefined);
        marked = ids;
        if (next.status === 'rejected') throw next.reason;
        if (!isFull) return POLL_MS;
        batch = next.value;
      }
    } finally {
      await marking;
    }
    return 0;
  }

  private read(underWay: readonly string[]): Promise<readonly QueuedEvent[]> {
    return readPending(this.database.primary, BATCH_MAX, underWay);
  }

  private async publish(batch: readonly QueuedEvent[], ids: readonly string[]): Promise<void> {
    try {
      await this.queues.publish(batch, (event) => this.consumers.consumersOf(event.type));
    } catch (error) {
      await holdBack(this.database.primary, ids, REFUSED_PAUSE_MS);
      throw error;
    }
    this.failpoints.reach('event.published' satisfies OutboxPoint);
  }

  private checkQueues(): boolean {
    const ready = this.queues.isReady();
    if (ready === this.down) {
      this.down = !ready;
      if (this.down) logger.warn('The queue server is gone; events wait in the outbox.');
      else logger.info('The queue server is back; the outbox drains.');
    }
    return ready;
  }
}
