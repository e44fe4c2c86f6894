import { Injectable } from '@nestjs/common';
import { logger } from '../observability/index.js';
import { SharedRedis } from '../redis/index.js';
import type { AttemptBounds, AttemptKeys, AttemptDecision } from './attempts.js';
import { LocalAttempts } from './local-attempts.js';

/**
 * Reserves an attempt of the source: counts first and releases it beyond the bound, so that parallel attempts cannot
 * pass it.
 */
const RESERVE_SOURCE = `
local failures = redis.call('INCR', KEYS[1])
if failures == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
if failures > tonumber(ARGV[2]) then
  redis.call('DECR', KEYS[1])
  return redis.call('PTTL', KEYS[1])
end
return -1`;

const WARN_EVERY_MS = 5_000;

/** Reserves an attempt of the subject: it counts as failed, and blocks, before the credential is verified. */
const RESERVE_SUBJECT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local blockedUntil = tonumber(redis.call('HGET', KEYS[1], 'blockedUntil') or '0')
if blockedUntil > now then return {1, blockedUntil - now} end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local block = tonumber(ARGV[1 + math.min(failures, #ARGV - 1)])
redis.call('HSET', KEYS[1], 'blockedUntil', now + block)
redis.call('PEXPIRE', KEYS[1], ARGV[1] + block)
return {0, failures}`;

/** Releases an attempt of the source; the counter never falls below 0 and keeps its expiry. */
const RELEASE_SOURCE = `
if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then return redis.call('DECR', KEYS[1]) end
return 0`;

/** Releases an attempt of the subject, and the block that it set. */
const RELEASE_SUBJECT = `
if tonumber(redis.call('HGET', KEYS[1], 'failures') or '0') > 0 then
  redis.call('HSET', KEYS[1], 'blockedUntil', 0)
  return redis.call('HINCRBY', KEYS[1], 'failures', -1)
end
return 0`;

/**
 * Limits failed attempts, such as logins: a growing block per subject, a bound per source. The fleet shares the
 * counters in Redis; without Redis each process uses its own (ADR 033).
 */
@Injectable()
export class AttemptLimiter {
  private readonly local = new LocalAttempts();
  private warnedAtMs = 0;

  constructor(private readonly redis: SharedRedis) {}

  /** Reserves one attempt: it counts as failed until {@link succeed} or {@link release}. */
  async reserve(keys: AttemptKeys, bounds: AttemptBounds): Promise<AttemptDecision> {
    return this.orLocally(
      () => this.reserveShared(keys, bounds),
      () => this.local.reserve(keys, bounds, Date.now()),
    );
  }

  /** The attempt succeeded: resets the subject, and releases this one attempt of the source. */
  async succeed(keys: AttemptKeys): Promise<void> {
    this.local.succeed(keys);
    await this.orLocally(
      async () => {
        await this.redis.client.del(subjectKey(keys));
        await this.redis.client.eval(RELEASE_SOURCE, 1, sourceKey(keys));
      },
      () => undefined,
    );
  }

  /** The attempt was not evaluated (it was shed): releases it for subject and source. */
  async release(keys: AttemptKeys): Promise<void> {
    await this.orLocally(
      async () => {
        await this.redis.client.eval(RELEASE_SUBJECT, 1, subjectKey(keys));
        await this.redis.client.eval(RELEASE_SOURCE, 1, sourceKey(keys));
      },
      () => this.local.release(keys),
    );
  }

  private async reserveShared(
    keys: AttemptKeys,
    { windowMs, blockMsAfter, sourceFailuresMax }: AttemptBounds,
  ): Promise<AttemptDecision> {
    const { client } = this.redis;
    const refusedMs = Number(await client.eval(RESERVE_SOURCE, 1, sourceKey(keys), windowMs, sourceFailuresMax - 1));
    if (refusedMs >= 0) return { kind: 'source-refused', retryAfterMs: refusedMs };
    const [blocked, figure] = (await client.eval(RESERVE_SUBJECT, 1, subjectKey(keys), windowMs, ...blockMsAfter)) as [
      number,
      number,
    ];
    if (blocked === 0) return { kind: 'allowed', failures: figure };
    // An attempt during the block does not count, for the source neither.
    await client.eval(RELEASE_SOURCE, 1, sourceKey(keys));
    return { kind: 'blocked', retryAfterMs: figure };
  }

  /** Bounded: an attack while Redis is down must not flood the log. */
  private warn({ message }: Error): void {
    if (Date.now() - this.warnedAtMs < WARN_EVERY_MS) return;
    this.warnedAtMs = Date.now();
    logger.warn({ why: message }, 'Redis does not answer; this process uses its own counters of failed attempts.');
  }

  private async orLocally<T>(shared: () => Promise<T>, local: () => T): Promise<T> {
    try {
      return await shared();
    } catch (error) {
      this.warn(error as Error);
      return local();
    }
  }
}

const subjectKey = ({ subject }: AttemptKeys): string => `bulwark:attempts:subject:${subject}`;
const sourceKey = ({ source }: AttemptKeys): string => `bulwark:attempts:source:${source}`;
