import { randomUUID } from 'node:crypto';
import type { Backplane, Look } from './backplane.js';
import type { RedisLayer } from './redis-layer.js';

const LOCK = 'leader';
/** A leader that died is followed by another after this. */
const LEASE_MS = 2_000;

/**
 * The one process of the fleet that looks at the changes and tells them. What it tells as changed it has put into the
 * shared layer before, so an entry that stands there untouched is true at the moment of the look.
 */
export class InvalidationPublisher {
  private readonly token = randomUUID();
  private leads = false;
  private timesBegun = 0;

  constructor(
    private readonly redis: RedisLayer,
    private readonly bus: Backplane,
  ) {}

  /**
   * Begins a turn: takes or keeps the lead.
   * @returns where the last look ended; null when nobody looked before, and then nothing in the shared layer can be
   *   relied on; undefined when this process is not the leader, or nobody knows
   */
  async begin(): Promise<number | null | undefined> {
    this.leads = await this.redis.hold(LOCK, this.token, LEASE_MS);
    return this.leads ? this.redis.position() : undefined;
  }

  /** Whether the last turn was this process's. */
  isLeading(): boolean {
    return this.leads;
  }

  /** How often this process began anew, with an emptied shared layer. */
  get beginnings(): number {
    return this.timesBegun;
  }

  /** Tells a look, or a part of one. @returns false when it has to be looked again from the same position */
  async tell(look: Look): Promise<boolean> {
    if (look.anew) this.timesBegun++;
    const told = await this.bus.tellLook(look);
    return told && (look.completeAt === null || this.redis.keepPosition(look.next));
  }

  async resign(): Promise<void> {
    if (this.leads) await this.redis.unlock(LOCK, this.token);
    this.leads = false;
  }
}
