import { randomUUID } from 'node:crypto';
import type { Backplane, InvalidationRun } from './backplane.js';
import type { RedisLayer } from './redis-layer.js';

const LEASE = 'publisher';
/** After a publisher has died, another process takes the lease within this. */
const LEASE_MS = 2_000;

/**
 * Publishes invalidations from one process of the fleet, which holds a lease. A change is published only after its new
 * value is in the shared layer, so an entry there that no message named is true at the moment of the run (ADR 022).
 */
export class InvalidationPublisher {
  private readonly token = randomUUID();
  private holdsLease = false;
  private restartCount = 0;

  constructor(
    private readonly redis: RedisLayer,
    private readonly backplane: Backplane,
  ) {}

  /**
   * Begins a run: takes or renews the lease.
   * @returns where the last run ended; null when none has ended yet, and then no entry of the shared layer can be
   *   relied on; undefined when another process holds the lease, or the server does not answer
   */
  async beginRun(): Promise<number | null | undefined> {
    this.holdsLease = await this.redis.hold(LEASE, this.token, LEASE_MS);
    return this.holdsLease ? this.redis.position() : undefined;
  }

  /** Whether this process held the lease at its last run. */
  isPublishing(): boolean {
    return this.holdsLease;
  }

  /** How often this process started over, with an emptied shared layer. */
  get restarts(): number {
    return this.restartCount;
  }

  /** Publishes a run, or a part of one. @returns false when it has to be repeated from the same position */
  async publish(run: InvalidationRun): Promise<boolean> {
    if (run.startsOver) this.restartCount++;
    const isPublished = await this.backplane.publishRun(run);
    return isPublished && (run.completeAt === null || this.redis.keepPosition(run.next));
  }

  async release(): Promise<void> {
    if (this.holdsLease) await this.redis.unlock(LEASE, this.token);
    this.holdsLease = false;
  }
}
