import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { PublishedInvalidations } from '../../src/modules/catalog/domain/published-invalidations.js';
import type { InvalidationMessage } from '../../src/platform/cache/invalidation-message.js';
import { connectCache } from '../../src/platform/cache/cache-connection.js';
import { CacheMeter } from '../../src/platform/cache/cache-meter.js';
import type { CachePolicy } from '../../src/platform/cache/cache-policy.js';
import { InvalidationSubscriber } from '../../src/platform/cache/invalidation-subscriber.js';
import { LoadsInFlight } from '../../src/platform/cache/loads-in-flight.js';
import type { CacheParts, Load } from '../../src/platform/cache/cache-types.js';
import { INVALIDATED_GRACE_MS } from '../../src/platform/cache/freshness.js';
import { LayeredCache } from '../../src/platform/cache/layered-cache.js';
import { MemoryLayer } from '../../src/platform/cache/memory-layer.js';
import { OriginBulkhead } from '../../src/platform/cache/origin-bulkhead.js';
import { RedisLayer } from '../../src/platform/cache/redis-layer.js';
import { eventually } from '../support/eventually.js';
import { testServices } from '../support/services.js';

/** What is cached here: the number of the last write of a key. */
type Value = { readonly writes: number };

const POLICY: CachePolicy = {
  name: 'policy',
  module: 'tests',
  freshMs: 1_000,
  boundMs: 2_000,
  ifErrorMs: 10_000,
  negativeMs: 1_000,
  storedMs: 600_000,
  invalidation: 'in-place',
};
const PROCESSES = 2;
const REPLICA_LAG_MAX_MS = 1_500;
const FAILURE_PAUSE_MAX_MS = 2_000;

/**
 * A database with transactions that overlap, a replica that lags, and an invalidation log; the test moves its clock.
 */
class Origin {
  now = 1_000_000;
  loads = 0;
  /** The last moment at which it was broken. */
  brokenUntil = Number.NEGATIVE_INFINITY;
  private isBroken = false;
  private nextTransaction = 100;
  private readonly running = new Set<number>();
  private readonly committed: { key: string; transactionId: number; at: number; id: number }[] = [];
  /** The oldest running transaction from each moment on. */
  private readonly horizons: { at: number; oldest: number }[] = [{ at: 0, oldest: 100 }];

  get broken(): boolean {
    return this.isBroken;
  }

  set broken(broken: boolean) {
    this.isBroken = broken;
    this.brokenUntil = this.now;
  }

  begin(): number {
    const transactionId = this.nextTransaction++;
    this.running.add(transactionId);
    this.noteHorizon();
    return transactionId;
  }

  pass(ms: number): void {
    this.now += ms;
    if (this.isBroken) this.brokenUntil = this.now;
  }

  commit(transactionId: number, key: string): void {
    this.running.delete(transactionId);
    this.committed.push({ key, transactionId, at: this.now, id: this.committed.length + 1 });
    this.noteHorizon();
  }

  /** How often the key had been written at a moment. */
  writesAt(key: string, at: number): number {
    return this.committed.filter((change) => change.key === key && change.at <= at).length;
  }

  oldestAt(at: number): number {
    return this.horizons.findLast((horizon) => horizon.at <= at)?.oldest ?? 0;
  }

  changesFrom(transactionId: number): { id: number; itemId: string; transactionId: number; listing: boolean }[] {
    return this.committed
      .filter((change) => change.transactionId >= transactionId)
      .map(({ id, key, transactionId: by }) => ({ id, itemId: key, transactionId: by, listing: false }));
  }

  read(key: string, lagMs: number): { value: Value; version: number; tags: string[] } {
    if (this.broken) throw new Error('The origin is broken.');
    const at = this.now - lagMs;
    return { value: { writes: this.writesAt(key, at) }, version: this.oldestAt(at), tags: [key] };
  }

  private noteHorizon(): void {
    this.horizons.push({ at: this.now, oldest: Math.min(this.nextTransaction, ...this.running) });
  }
}

/** Processes with a memory each around one real Redis, a publisher of invalidations, and messages that may be lost. */
class Fleet {
  readonly caches: LayeredCache<Value>[];
  private readonly subscribers: InvalidationSubscriber[] = [];
  private readonly published = new PublishedInvalidations();
  private position: number;
  private number = 0;

  constructor(
    private readonly redis: RedisLayer,
    readonly origin: Origin,
  ) {
    this.caches = Array.from({ length: PROCESSES }, () => this.process());
    this.position = origin.oldestAt(origin.now);
  }

  private process(): LayeredCache<Value> {
    const subscriber = new InvalidationSubscriber();
    this.subscribers.push(subscriber);
    const parts: CacheParts = {
      memory: new MemoryLayer(1_000_000),
      redis: this.redis,
      subscriber,
      loads: new LoadsInFlight(),
      originBulkhead: new OriginBulkhead(),
      meter: new CacheMeter(),
      now: () => this.origin.now,
      chance: () => 0.5,
    };
    return new LayeredCache<Value>(parts, {
      policy: POLICY,
      etagOf: (value) => `"${value.writes}"`,
      watches: (key) => [key],
    });
  }

  load(key: string, lagMs: number): Load<Value> {
    return async (recency) => {
      this.origin.loads++;
      await Promise.resolve();
      return this.origin.read(key, recency === 'latest' ? 0 : lagMs);
    };
  }

  /**
   * One run of the publisher: the shared layer first, then the processes that the message reaches.
   * @param fails whether the message is not sent at all, which the publisher notices
   */
  async run(lost: readonly boolean[], fails = false): Promise<void> {
    const { origin } = this;
    const [from, next, completeAt] = [this.position, origin.oldestAt(origin.now), origin.now];
    const isPublished = await this.published.publish(origin.changesFrom(from), async (unpublished) => {
      for (const { itemId, publishedVersion } of unpublished) {
        const read = origin.read(itemId, 0);
        await this.caches[0]?.prime(
          [{ ...read, version: Math.max(read.version, publishedVersion + 1), keys: [itemId] }],
          origin.now,
        );
      }
      this.number++;
      if (!fails)
        this.deliver(
          {
            publisherId: 'publisher',
            number: this.number,
            first: true,
            from,
            next,
            changes: unpublished.map(({ itemId, publishedVersion }) => [itemId, publishedVersion]),
            completeAt,
          },
          lost,
        );
      return !fails;
    });
    if (!isPublished) return;
    this.published.dropBefore(next);
    this.position = next;
  }

  /** The shared layer has lost everything, the publisher's position included. */
  async lose(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.redis.delete(`${POLICY.name}:${key}`);
    this.position = this.origin.oldestAt(this.origin.now);
    this.number += 2;
    this.deliver(
      {
        publisherId: 'publisher',
        number: this.number,
        first: true,
        from: this.position,
        next: this.position,
        changes: [],
        completeAt: this.origin.now,
      },
      [],
    );
  }

  /** A writer publishes a change early, before the shared layer has the new value. */
  publishNow(key: string, transactionId: number): void {
    this.deliver(
      {
        publisherId: 'staff',
        number: 0,
        first: false,
        from: 0,
        next: 0,
        changes: [[key, transactionId]],
        completeAt: null,
      },
      [],
    );
  }

  private deliver(message: InvalidationMessage, lost: readonly boolean[]): void {
    this.subscribers.forEach((subscriber, process) => {
      if (lost[process]) return;
      subscriber.receive(message, this.origin.now, (tag, version) =>
        this.caches[process]?.invalidate(`${POLICY.name}:${tag}`, version),
      );
    });
  }
}

const bodyOf = (served: { entry: { body: Buffer | undefined } }): Value =>
  JSON.parse(String(served.entry.body)) as Value;

type Step =
  | { kind: 'pass'; ms: number }
  | { kind: 'begin' }
  | { kind: 'write'; key: number; late: boolean }
  | { kind: 'run'; lost: boolean[]; fails: boolean }
  | { kind: 'read'; process: number; key: number; lagMs: number }
  | { kind: 'break'; broken: boolean }
  | { kind: 'lose' };

const rarely = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
/** Mostly one key, and short pauses: what matters is how few events come between one read and the next. */
const keyNumber = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1_200 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('write' as const), key: keyNumber, late: fc.boolean() }) },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      lost: fc.array(rarely, { minLength: PROCESSES, maxLength: PROCESSES }),
      fails: rarely,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      process: fc.integer({ min: 0, max: PROCESSES - 1 }),
      key: keyNumber,
      lagMs: fc.integer({ min: 0, max: REPLICA_LAG_MAX_MS }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const), broken: rarely }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const) }) },
);

describe('the cache policy, over one real Redis and generated schedules', () => {
  // A busy machine must not pass for a silent Redis here.
  const connection = connectCache([testServices().redisCache], 5_000);
  const redis = new RedisLayer(connection);

  beforeAll(async () => eventually(() => Promise.resolve(connection.isReady())));
  afterAll(() => connection.close());

  it('serves nothing older than its bound, and no process goes back to an older version', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }),
        fc.constantFrom(0, REPLICA_LAG_MAX_MS),
        async (steps, lagMaxMs) => {
          const fleet = new Fleet(redis, new Origin());
          const { origin } = fleet;
          const names = [randomUUID(), randomUUID()];
          const started: number[] = [];
          const seen = new Map<string, { version: number; at: number }>();
          for (const next of steps) {
            if (next.kind === 'pass') origin.pass(next.ms);
            if (next.kind === 'begin' && started.length < 3) started.push(origin.begin());
            if (next.kind === 'break') origin.broken = next.broken;
            if (next.kind === 'write')
              origin.commit((next.late ? started.shift() : undefined) ?? origin.begin(), names[next.key] ?? '');
            if (next.kind === 'run' && !origin.broken) await fleet.run(next.lost, next.fails);
            if (next.kind === 'lose') await fleet.lose(names);
            if (next.kind !== 'read') continue;
            const key = names[next.key] ?? '';
            const cache = fleet.caches[next.process] as LayeredCache<Value>;
            const served = await cache
              .read(key, fleet.load(key, Math.min(next.lagMs, lagMaxMs)))
              .catch(() => undefined);
            await quiet();
            if (!served) {
              // Nothing to serve; a load that has just failed is not tried again at once.
              expect(origin.now - origin.brokenUntil).toBeLessThanOrEqual(FAILURE_PAUSE_MAX_MS);
              continue;
            }
            const { writes } = bodyOf(served);
            // What was true at any moment from the bound on (and the lag of the replica before it; within one ms
            // anything may come first) may be shown; while the origin fails, longer.
            const allowedMs =
              served.freshness === 'stale-if-error' ? POLICY.boundMs + POLICY.ifErrorMs : POLICY.boundMs;
            expect(served.freshness).not.toBe('expired');
            expect(writes).toBeGreaterThanOrEqual(origin.writesAt(key, origin.now - allowedMs - lagMaxMs - 1));
            expect(writes).toBeLessThanOrEqual(origin.writesAt(key, origin.now));
            const before = seen.get(`${next.process}:${key}`);
            if (before && origin.now - before.at < POLICY.boundMs)
              expect(served.entry.version).toBeGreaterThanOrEqual(before.version);
            seen.set(`${next.process}:${key}`, { version: served.entry.version, at: origin.now });
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('serves a published change in every process that received it, whatever time has passed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            writes: fc.integer({ min: 0, max: 2 }),
            late: fc.boolean(),
            passMs: fc.integer({ min: 1, max: 900 }),
          }),
          { minLength: 2, maxLength: 12 },
        ),
        async (rounds) => {
          const fleet = new Fleet(redis, new Origin());
          const { origin } = fleet;
          const key = randomUUID();
          const lostByNone = Array.from({ length: PROCESSES }, () => false);
          await fleet.run(lostByNone);
          for (const cache of fleet.caches) await cache.read(key, fleet.load(key, 0));
          for (const { writes, late, passMs } of rounds) {
            const early = late ? origin.begin() : undefined;
            for (let n = 0; n < writes; n++) origin.commit(origin.begin(), key);
            if (early !== undefined) origin.commit(early, key);
            origin.now += passMs;
            await fleet.run(lostByNone);
            // Longer than an invalidated entry may be served.
            origin.now += INVALIDATED_GRACE_MS + 1;
            for (const cache of fleet.caches) {
              const served = await cache.read(key, fleet.load(key, 0));
              await quiet();
              expect(bodyOf(served).writes).toBe(origin.writesAt(key, origin.now));
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('asks the origin once, however many reads come at once in however many processes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.boolean(), async (callers, missing) => {
        const fleet = new Fleet(redis, new Origin());
        const key = randomUUID();
        const load: Load<Value> = async () => {
          fleet.origin.loads++;
          await new Promise((resolve) => setImmediate(resolve));
          return missing ? { value: undefined, version: 100, tags: [] } : fleet.origin.read(key, 0);
        };
        const asked = fleet.caches.flatMap((cache) => [
          ...Array.from({ length: callers }, () => cache.read(key, load)),
          ...Array.from({ length: callers }, () => cache.join(cache.idOf(key))),
        ]);
        const answers = (await Promise.all(asked)).flatMap((served) => served ?? []);
        expect(answers).toHaveLength(asked.length);
        expect(fleet.origin.loads).toBe(1);
        for (const { entry } of answers) expect(entry.body === undefined).toBe(missing);
      }),
      { numRuns: 30 },
    );
  });

  it('makes no read wait while a stale entry is there, and starts one refresh in the fleet', async () => {
    const fleet = new Fleet(redis, new Origin());
    const key = randomUUID();
    for (const cache of fleet.caches) await cache.read(key, fleet.load(key, 0));
    fleet.origin.now += POLICY.freshMs + 1;
    fleet.origin.loads = 0;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: Load<Value> = async () => {
      fleet.origin.loads++;
      await held;
      return fleet.origin.read(key, 0);
    };
    const answers = await Promise.all(
      fleet.caches.flatMap((cache) => Array.from({ length: 50 }, () => cache.read(key, slow))),
    );
    expect(answers.map(({ freshness, layer }) => `${layer} ${freshness}`)).toEqual(answers.map(() => 'memory stale'));
    await eventually(() => Promise.resolve(fleet.origin.loads === 1));
    // Past the bound the load is still in flight: the old entry is served as stale-if-error.
    fleet.origin.now += POLICY.boundMs;
    const late = await Promise.all(fleet.caches.map((cache) => cache.read(key, slow)));
    expect(late.map(({ freshness }) => freshness)).toEqual(late.map(() => 'stale-if-error'));
    expect(fleet.origin.loads).toBe(1);
    release();
    await eventually(async () => (await fleet.caches[0]?.read(key, slow))?.freshness === 'fresh');
  });

  it('lets an entry of a process without invalidations expire in a process that follows them', async () => {
    const fleet = new Fleet(redis, new Origin());
    const { origin } = fleet;
    const key = randomUUID();
    const [unsubscribed, subscribed] = fleet.caches as [LayeredCache<Value>, LayeredCache<Value>];
    origin.pass(1_000);
    origin.commit(origin.begin(), key);
    await fleet.run([true, true]);
    // The new value is lost, and the read of a replica that lags takes its place.
    await redis.delete(`${POLICY.name}:${key}`);
    await unsubscribed.read(key, fleet.load(key, 500));
    await eventually(async () => typeof (await redis.get(`${POLICY.name}:${key}`)) === 'object');
    await fleet.run([true, false]);
    await subscribed.read(key, fleet.load(key, 0));
    origin.pass(POLICY.boundMs + 1);
    await fleet.run([true, false]);
    expect(bodyOf(await subscribed.read(key, fleet.load(key, 0)))).toEqual({ writes: 1 });
  });

  it('does not serve an invalidated entry of the shared layer as fresh', async () => {
    const fleet = new Fleet(redis, new Origin());
    const { origin } = fleet;
    const key = randomUUID();
    const [first, second] = fleet.caches as [LayeredCache<Value>, LayeredCache<Value>];
    await first.read(key, fleet.load(key, 0));
    await eventually(async () => typeof (await redis.get(`${POLICY.name}:${key}`)) === 'object');
    origin.pass(10);
    const transactionId = origin.begin();
    origin.commit(transactionId, key);
    fleet.publishNow(key, transactionId);
    origin.pass(INVALIDATED_GRACE_MS + 1);
    expect(bodyOf(await second.read(key, fleet.load(key, 0)))).toEqual({ writes: 1 });
  });

  it('keeps the newer entry when a late writer comes with an older version', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), {
          minLength: 1,
          maxLength: 8,
        }),
        async (writers) => {
          const key = `policy:${randomUUID()}`;
          const entries = writers.map(([version, asOf]) => ({
            body: Buffer.from(`${version}.${asOf}`),
            etag: '"t"',
            version,
            asOf,
            tags: [],
            ttlOnly: false,
          }));
          await Promise.all(entries.map((entry) => redis.set(key, entry, 60_000)));
          const newest = entries.toSorted((a, b) => b.version - a.version || b.asOf - a.asOf)[0];
          expect(await redis.get(key)).toMatchObject({
            version: newest?.version,
            asOf: newest?.asOf,
            body: newest?.body,
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('spreads the expiry of entries that are written together', async () => {
    const fleet = new Fleet(redis, new Origin());
    const cache = new LayeredCache<Value>(
      {
        memory: new MemoryLayer(0),
        redis,
        subscriber: new InvalidationSubscriber(),
        loads: new LoadsInFlight(),
        originBulkhead: new OriginBulkhead(),
        meter: new CacheMeter(),
        now: Date.now,
        chance: Math.random,
      },
      { policy: POLICY, etagOf: () => '"t"', watches: () => [] },
    );
    const keys = Array.from({ length: 2_000 }, () => randomUUID());
    expect(
      await cache.prime(
        keys.map((key) => ({ value: { writes: 1 }, version: 1, tags: [], keys: [key] })),
        fleet.origin.now,
      ),
    ).toBe(true);
    const ttls = await Promise.all(keys.map((key) => connection.client.pttl(`bulwark:cache:{policy:${key}}`)));
    expect(Math.max(...ttls)).toBeLessThanOrEqual(POLICY.storedMs);
    const mean = ttls.reduce((sum, ttl) => sum + ttl, 0) / ttls.length;
    expect(Math.max(...ttls) - mean).toBeGreaterThan(mean * 0.1);
    expect(mean - Math.min(...ttls)).toBeGreaterThan(mean * 0.1);
    const bySecond = new Map<number, number>();
    for (const ttl of ttls) bySecond.set(Math.floor(ttl / 1_000), (bySecond.get(Math.floor(ttl / 1_000)) ?? 0) + 1);
    expect(Math.max(...bySecond.values())).toBeLessThan(ttls.length * 0.03);
  });
});

/** Lets the background work of a read (storing in the shared layer, releasing the lock) come to an end. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
