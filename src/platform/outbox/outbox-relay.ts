import { Injectable } from '@nestjs/common';
import { RunsInWorker, type BackgroundTask } from '../background/index.js';
import { ContextDatabase, InjectDatabase } from '../database/index.js';
import { HealthChecks, logger } from '../observability/index.js';
import { EventConsumers } from './event-consumers.js';
import { EventQueues } from './event-queues.js';
import { claimEvents, hasPending, markPublished, returnClaim } from './outbox-events.js';
import type { QueuedEvent } from './event.js';
import { QueueConnections } from './queue-connections.js';
import { FIRST_RECHECK_MS } from './redelivery.js';

/** Large enough that the round trips vanish beside the work, small enough to be claimed in a few milliseconds. */
const BATCH_MAX = 500;
const POLL_MS = 100;
/** Longer than the queues may take for two batches, the one before it and its own: a claim that ends earlier could break the order of an aggregate. */
const CLAIM_MS = 15_000;
const OUTAGE_PAUSE_MS = 500;
const REFUSED_PAUSE_MS = 1_000;

/**
 * Moves events from the outbox to the queues. The claim is a lease in the row and not a row lock, so that a Redis
 * that hangs holds nothing in the database. Several relays share the work; without Redis none of them claims.
 */
@RunsInWorker()
@Injectable()
export class OutboxRelay implements BackgroundTask {
  private loop: Promise<void> = Promise.resolve();
  private stopping = false;
  private down = false;
  private rung = false;
  private wake: () => void = () => undefined;

  constructor(
    @InjectDatabase('platform') private readonly database: ContextDatabase,
    private readonly queues: EventQueues,
    private readonly consumers: EventConsumers,
    private readonly connections: QueueConnections,
    private readonly health: HealthChecks,
  ) {}

  start(): void {
    // Payments go on without it, so it never takes the instance out of service.
    this.health.register('redis-queue', () => this.connections.ping(), { critical: false });
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.nudge();
    await this.loop;
  }

  /** Looks at once instead of at the next poll; harmless where no relay runs. */
  nudge(): void {
    this.rung = true;
    this.wake();
  }

  private async run(): Promise<void> {
    await this.connections.waitUntilReady().catch((error: unknown) => logger.warn({ error }, 'The queue server was not there at the start.'));
    while (!this.stopping) {
      const pauseMs = await this.relayBatches().catch((error: unknown) => {
        logger.warn({ error }, 'The outbox could not be relayed; it stays in the database and goes later.');
        return OUTAGE_PAUSE_MS;
      });
      if (pauseMs > 0) await this.pause(pauseMs);
    }
  }

  /**
   * Relays until there is no full batch any more. The next batch is claimed while the last one is on its way; what belongs
   * to an aggregate that is under way stays behind, so the order holds.
   * @returns how long to wait before looking again
   */
  private async relayBatches(): Promise<number> {
    if (!this.sawQueues()) return OUTAGE_PAUSE_MS;
    if (!(await hasPending(this.database.primary))) return POLL_MS;
    let wasFull = false;
    for (let batch = await this.claim(); batch.length > 0; ) {
      wasFull = batch.length === BATCH_MAX;
      const [published, claimed] = await Promise.allSettled([this.publish(batch), wasFull && !this.stopping ? this.claim() : []]);
      const next = claimed.status === 'fulfilled' ? claimed.value : [];
      if (published.status === 'rejected') {
        if (next.length > 0) await returnClaim(this.database.primary, next.map(({ id }) => id), REFUSED_PAUSE_MS);
        throw published.reason;
      }
      if (claimed.status === 'rejected') throw claimed.reason;
      batch = next;
    }
    return wasFull ? 0 : POLL_MS;
  }

  /** @returns nothing when another relay is claiming at this moment */
  private async claim(): Promise<readonly QueuedEvent[]> {
    return (await this.database.transaction((tx) => claimEvents(tx, BATCH_MAX, CLAIM_MS))) ?? [];
  }

  private async publish(claimed: readonly QueuedEvent[]): Promise<void> {
    const ids = claimed.map((event) => event.id);
    try {
      await this.queues.publish(claimed, (event) => this.consumers.wanting(event.type));
    } catch (error) {
      await returnClaim(this.database.primary, ids, REFUSED_PAUSE_MS);
      throw error;
    }
    await markPublished(this.database.primary, ids, FIRST_RECHECK_MS);
  }

  private sawQueues(): boolean {
    const ready = this.queues.isReady();
    if (ready === this.down) {
      this.down = !ready;
      if (this.down) logger.warn('The queue server is gone; events wait in the outbox.');
      else logger.info('The queue server is back; the outbox drains.');
    }
    return ready;
  }

  private async pause(pauseMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.rung ? 0 : pauseMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
    this.rung = false;
  }
}
