import type { Config } from '../config/index.js';
import { metrics } from '../observability/index.js';
import type { Problem } from '../problems/index.js';
import { rateLimitFields } from './rate-limit-fields.js';
import { ThrottlingProblems } from './throttling.problems.js';

/** Beyond this the table is emptied: forgetting everybody once is cheaper than remembering an army. */
const ADDRESSES_MAX = 200_000;

/**
 * The coarse limit per source address, a token bucket in this process (GCRA: one number an address, no timers).
 * It costs no network round trip. Each web process counts for itself: an address that spreads its connections
 * over all of them gets at most their number times the limit; finer limits are shared by the fleet.
 */
export class CoarseLimit {
  /** The time, in ms, at which each address's bucket is full again. */
  private readonly fullAt = new Map<string, number>();
  private readonly gapMs: number;
  private readonly depthMs: number;

  constructor(private readonly limits: Pick<Config['throttling'], 'perAddressPerSecond' | 'perAddressBurst'>) {
    this.gapMs = 1_000 / limits.perAddressPerSecond;
    this.depthMs = this.gapMs * limits.perAddressBurst;
  }

  /** Takes one request of the address; answers the refusal when its bucket is empty. */
  take(address: string, nowMs: number): Problem | undefined {
    const fullAt = Math.max(this.fullAt.get(address) ?? 0, nowMs) + this.gapMs;
    const waitMs = fullAt - nowMs - this.depthMs;
    if (waitMs > 0) return this.refusal(waitMs);
    if (this.fullAt.size >= ADDRESSES_MAX && !this.fullAt.has(address)) this.fullAt.clear();
    this.fullAt.set(address, fullAt);
    return undefined;
  }

  private refusal(waitMs: number): Problem {
    metrics.throttled.inc({ layer: 'address' });
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    const policy = { name: 'address', limit: this.limits.perAddressPerSecond, windowSeconds: 1 };
    return ThrottlingProblems.rate_limited('Too many requests come from this address.', { retryAfterSeconds, headers: rateLimitFields(policy, 0, retryAfterSeconds) });
  }
}
