import type { Config } from '../config/index.js';
import type { Problem } from '../problems/index.js';
import { rateLimitFields } from './rate-limit-fields.js';
import { sourceOf } from './source-of.js';
import { ThrottlingProblems } from './throttling.problems.js';
import { throttlingMetrics } from './throttling.metrics.js';

/** Beyond this the table is cleared: under a flood of addresses that costs less than evicting one by one. */
const ADDRESSES_MAX = 200_000;
const TICKS_PER_REQUEST = 1_000;

/**
 * The coarse limit per source address, a token bucket in this process (GCRA: one number per address, no timers).
 * It costs no network round trip. Each web process counts for itself: an address that spreads its connections
 * over all of them gets at most their number times the limit; finer limits are shared by the fleet.
 */
export class CoarseLimit {
  /** The time, in ticks, at which each address's bucket is full again. */
  private readonly fullAt = new Map<string, number>();
  private readonly ticksPerMs: number;
  private readonly depth: number;

  /**
   * A request is a thousand ticks, a millisecond as many ticks as requests are allowed per second: all are integers. In
   * fractions of milliseconds a small bucket would lose its last request to rounding.
   */
  constructor(private readonly limits: Pick<Config['throttling'], 'perAddressPerSecond' | 'perAddressBurst'>) {
    this.ticksPerMs = limits.perAddressPerSecond;
    this.depth = limits.perAddressBurst * TICKS_PER_REQUEST;
  }

  /** Counts one request of the address. @returns the refusal when its bucket is empty */
  consume(address: string, nowMs: number): Problem | undefined {
    const source = sourceOf(address);
    const now = nowMs * this.ticksPerMs;
    const fullAt = Math.max(this.fullAt.get(source) ?? 0, now) + TICKS_PER_REQUEST;
    const wait = fullAt - now - this.depth;
    if (wait > 0) return this.refusal(wait / this.ticksPerMs);
    if (this.fullAt.size >= ADDRESSES_MAX && !this.fullAt.has(source)) this.fullAt.clear();
    this.fullAt.set(source, fullAt);
    return undefined;
  }

  private refusal(waitMs: number): Problem {
    throttlingMetrics.throttled.inc({ layer: 'address' });
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    const policy = { name: 'address', limit: this.limits.perAddressPerSecond, windowSeconds: 1 };
    return ThrottlingProblems.rate_limited('Too many requests come from this address.', {
      retryAfterSeconds,
      headers: rateLimitFields(policy, 0, retryAfterSeconds),
    });
  }
}
