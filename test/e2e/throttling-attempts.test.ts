import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { AttemptLimiter } from '../../src/platform/throttling/attempt-limiter.js';
import type { AttemptBounds } from '../../src/platform/throttling/attempts.js';
import type { SharedRedis } from '../../src/platform/redis/index.js';
import { testServices } from '../support/services.js';

const BOUNDS: AttemptBounds = { windowMs: 60_000, blockMsAfter: [0, 0, 30_000], sourceFailuresMax: 6 };

/** The same limits, counted by the fleet in Redis and by one process without it. */
describe.each([
  ['in Redis', () => new Redis(testServices().redis)],
  [
    'without Redis',
    () => new Redis('redis://127.0.0.1:1', { lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null }),
  ],
])('failed attempts, counted %s', (_where, connect) => {
  let client: Redis;
  let limiter: AttemptLimiter;
  let keys: { subject: string; source: string };

  beforeAll(() => {
    client = connect();
    client.on('error', () => undefined);
    limiter = new AttemptLimiter({ client } as unknown as SharedRedis);
  });

  beforeEach(() => {
    keys = { subject: randomUUID(), source: randomUUID() };
  });

  afterAll(() => {
    client.disconnect();
  });

  const reserve = async (subject = keys.subject): Promise<string> =>
    (await limiter.reserve({ ...keys, subject }, BOUNDS)).kind;

  it('allow three of fifty in parallel', async () => {
    const decisions = await Promise.all(
      Array.from({ length: 50 }, () => limiter.reserve({ subject: keys.subject, source: randomUUID() }, BOUNDS)),
    );
    expect(decisions.filter((decision) => decision.kind === 'allowed')).toHaveLength(3);
  });

  it('do not count for subject or source when they are released', async () => {
    expect([await reserve(), await reserve(), await reserve(), await reserve()]).toEqual([
      'allowed',
      'allowed',
      'allowed',
      'blocked',
    ]);
    await limiter.release(keys);
    expect([await reserve(), await reserve()]).toEqual(['allowed', 'blocked']);
    expect([await reserve('s4'), await reserve('s5'), await reserve('s6')]).toEqual([
      'allowed',
      'allowed',
      'source-refused',
    ]);
  });

  it('are reset for the subject after a success', async () => {
    await reserve();
    await reserve();
    await limiter.succeed(keys);
    expect([await reserve(), await reserve(), await reserve(), await reserve()]).toEqual([
      'allowed',
      'allowed',
      'allowed',
      'blocked',
    ]);
  });
});
