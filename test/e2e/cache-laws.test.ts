import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { PublishedInvalidations } from '../../src/modules/catalog/domain/published-invalidations.js';
import type { InvalidationMessage } from '../../src/platform/cache/invalidation-message.js';
import { CacheConnection } from '../../src/platform/cache/cache-connection.js';
import { CacheMeter } from '../../src/platform/cache/cache-meter.js';
import type { CachePolicy } from '../../src/platform/cache/cache-policy.js';
import { InvalidationSubscriber } from '../../src/platform/cache/invalidation-subscriber.js';
import { Flights } from '../../src/platform/cache/flight.js';
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
  name: 'law',
  module: 'tests',
  freshMs: 1_000,
  boundMs: 2_000,
  ifErrorMs: 10_000,
  negativeMs: 1_000,
  storedMs: 600_000,
  follows: 'in-place',
};
const PROCESSES = 2;
const REPLICA_LAG_MAX_MS = 1_500;
const FAILURE_PAUSE_MAX_MS = 2_000;

/** A database with transactions that overlap, a replica that lags, and a log of changes; time is given to it. */
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

/** Processes with memories of their own around one real Redis, a leader that tells changes, and messages that may be lost. */
class Fleet {
  readonly caches: LayeredCache<Value>[];
  private readonly followers: InvalidationSubscriber[] = [];
  private readonly told = new PublishedInvalidations();
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
    const follower = new InvalidationSubscriber();
    this.followers.push(follower);
    const parts: CacheParts = {
      memory: new MemoryLayer(1_000_000),
      redis: this.redis,
      follower,
      flights: new Flights(),
      gate: new OriginBulkhead(),
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
   * One look of the leader: the shared layer first, then everybody whom the message reaches.
   * @param fails whether the message does not go out at all, which the leader notices
   */
  async look(lost: readonly boolean[], fails = false): Promise<void> {
    const { origin } = this;
    const [from, next, completeAt] = [this.position, origin.oldestAt(origin.now), origin.now];
    const told = await this.told.pass(origin.changesFrom(from), async (news) => {
      for (const { itemId, publishedVersion } of news) {
        const read = origin.read(itemId, 0);
        await this.caches[0]?.seed(
          [{ ...read, version: Math.max(read.version, publishedVersion + 1), keys: [itemId] }],
          origin.now,
        );
      }
      this.number++;
      if (!fails)
        this.tell(
          {
            leader: 'leader',
            number: this.number,
            first: true,
            from,
            next,
            changes: news.map(({ itemId, publishedVersion }) => [itemId, publishedVersion]),
            completeAt,
          },
          lost,
        );
      return !fails;
    });
    if (!told) return;
    this.told.settle(next);
    this.position = next;
  }

  /** The shared layer has lost everything, how far the leader had looked included. */
  async lose(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.redis.delete(`${POLICY.name}:${key}`);
    this.position = this.origin.oldestAt(this.origin.now);
    this.number += 2;
    this.tell(
      {
        leader: 'leader',
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

  /** Somebody tells a change at once, before the shared layer has it. */
  publishNow(key: string, transactionId: number): void {
    this.tell(
      { leader: 'staff', number: 0, first: false, from: 0, next: 0, changes: [[key, transactionId]], completeAt: null },
      [],
    );
  }

  private tell(announcement: InvalidationMessage, lost: readonly boolean[]): void {
    this.followers.forEach((follower, process) => {
      if (lost[process]) return;
      follower.receive(announcement, this.origin.now, (tag, version) =>
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
  | { kind: 'look'; lost: boolean[]; fails: boolean }
  | { kind: 'read'; process: number; key: number; lagMs: number }
  | { kind: 'break'; broken: boolean }
  | { kind: 'lose' };

const rarely = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
/** Mostly one key, and short pauses: what matters is how few events come between one reading and the next. */
const keyNumber = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1_200 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('write' as const), key: keyNumber, late: fc.boolean() }) },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
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

describe('the laws of the cache, over one real Redis and generated schedules', () => {
  // A busy machine must not pass for a silent Redis here.
  const connection = new CacheConnection([testServices().redisCache], 5_000);
  const redis = new RedisLayer(connection);

  beforeAll(async () => eventually(() => Promise.resolve(connection.isOpen())));
  afterAll(() => connection.close());

  it('hold: nothing is older than its bound, and no process goes back to an older version', async () => {
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
            if (next.kind === 'look' && !origin.broken) await fleet.look(next.lost, next.fails);
            if (next.kind === 'lose') await fleet.lose(names);
            if (next.kind !== 'read') continue;
            const key = names[next.key] ?? '';
            const cache = fleet.caches[next.process] as LayeredCache<Value>;
            const served = await cache
              .read(key, fleet.load(key, Math.min(next.lagMs, lagMaxMs)))
              .catch(() => undefined);
            await settled();
            if (!served) {
              // With nothing to show; what has just failed is not tried again at once.
              expect(origin.now - origin.brokenUntil).toBeLessThanOrEqual(FAILURE_PAUSE_MAX_MS);
              continue;
            }
            const { writes } = bodyOf(served);
            // What was true at any moment from the bound on (and the lag of the replica before it; within one ms anything may come first) may be shown; while the origin fails, longer.
            const allowedMs = served.verdict === 'stale-if-error' ? POLICY.boundMs + POLICY.ifErrorMs : POLICY.boundMs;
            expect(served.verdict).not.toBe('expired');
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

  it('hold: what was told is shown by every process that heard it, whatever time has passed', async () => {
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
          const heardByAll = Array.from({ length: PROCESSES }, () => false);
          await fleet.look(heardByAll);
          for (const cache of fleet.caches) await cache.read(key, fleet.load(key, 0));
          for (const { writes, late, passMs } of rounds) {
            const early = late ? origin.begin() : undefined;
            for (let n = 0; n < writes; n++) origin.commit(origin.begin(), key);
            if (early !== undefined) origin.commit(early, key);
            origin.now += passMs;
            await fleet.look(heardByAll);
            // Longer than a known change may be hidden.
            origin.now += INVALIDATED_GRACE_MS + 1;
            for (const cache of fleet.caches) {
              const served = await cache.read(key, fleet.load(key, 0));
              await settled();
              expect(bodyOf(served).writes).toBe(origin.writesAt(key, origin.now));
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('hold: however many ask at once, in however many processes, the origin is asked once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.boolean(), async (callers, missing) => {
        const fleet = new Fleet(redis, new Origin());
        const key = randomUUID();
        const load: Load<Value> = async () => {
          fleet.origin.loads++;
          await new Promise((resolve) => setImmediate(resolve));
          return missing ? { value: undefined, version: 100, tags: [] } : fleet.origin.read(key, 0);
        };
        const asked = fleet.caches.flatMap((cache) => Array.from({ length: callers }, () => cache.read(key, load)));
        const answers = await Promise.all(asked);
        expect(fleet.origin.loads).toBe(1);
        for (const { entry } of answers) expect(entry.body === undefined).toBe(missing);
      }),
      { numRuns: 30 },
    );
  });

  it('hold: while something stale is there nobody waits, and one refresh is under way in the fleet', async () => {
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
    expect(answers.map(({ verdict, layer }) => `${layer} ${verdict}`)).toEqual(answers.map(() => 'memory stale'));
    await eventually(() => Promise.resolve(fleet.origin.loads === 1));
    // Past the bound the origin is still at it: what there is stays better than nothing, and is marked.
    fleet.origin.now += POLICY.boundMs;
    const late = await Promise.all(fleet.caches.map((cache) => cache.read(key, slow)));
    expect(late.map(({ verdict }) => verdict)).toEqual(late.map(() => 'stale-if-error'));
    expect(fleet.origin.loads).toBe(1);
    release();
    await eventually(async () => (await fleet.caches[0]?.read(key, slow))?.verdict === 'fresh');
  });

  it('hold: what a process stored that knows of no changes is not kept alive by one that does', async () => {
    const fleet = new Fleet(redis, new Origin());
    const { origin } = fleet;
    const key = randomUUID();
    const [deaf, following] = fleet.caches as [LayeredCache<Value>, LayeredCache<Value>];
    origin.pass(1_000);
    origin.commit(origin.begin(), key);
    await fleet.look([true, true]);
    // The new value is lost, and a reading of a replica that is behind takes its place.
    await redis.delete(`${POLICY.name}:${key}`);
    await deaf.read(key, fleet.load(key, 500));
    await eventually(async () => typeof (await redis.get(`${POLICY.name}:${key}`)) === 'object');
    await fleet.look([true, false]);
    await following.read(key, fleet.load(key, 0));
    origin.pass(POLICY.boundMs + 1);
    await fleet.look([true, false]);
    expect(bodyOf(await following.read(key, fleet.load(key, 0)))).toEqual({ writes: 1 });
  });

  it('hold: what was told as changed is not taken for fresh from the shared layer', async () => {
    const fleet = new Fleet(redis, new Origin());
    const { origin } = fleet;
    const key = randomUUID();
    const [other, asking] = fleet.caches as [LayeredCache<Value>, LayeredCache<Value>];
    await other.read(key, fleet.load(key, 0));
    await eventually(async () => typeof (await redis.get(`${POLICY.name}:${key}`)) === 'object');
    origin.pass(10);
    const transactionId = origin.begin();
    origin.commit(transactionId, key);
    fleet.publishNow(key, transactionId);
    origin.pass(INVALIDATED_GRACE_MS + 1);
    expect(bodyOf(await asking.read(key, fleet.load(key, 0)))).toEqual({ writes: 1 });
  });

  it('hold: a late writer with an older version overwrites nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), {
          minLength: 1,
          maxLength: 8,
        }),
        async (writers) => {
          const key = `law:${randomUUID()}`;
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

  it('hold: entries that are written together do not end together', async () => {
    const fleet = new Fleet(redis, new Origin());
    const cache = new LayeredCache<Value>(
      {
        memory: new MemoryLayer(0),
        redis,
        follower: new InvalidationSubscriber(),
        flights: new Flights(),
        gate: new OriginBulkhead(),
        meter: new CacheMeter(),
        now: Date.now,
        chance: Math.random,
      },
      { policy: POLICY, etagOf: () => '"t"', watches: () => [] },
    );
    const keys = Array.from({ length: 2_000 }, () => randomUUID());
    expect(
      await cache.seed(
        keys.map((key) => ({ value: { writes: 1 }, version: 1, tags: [], keys: [key] })),
        fleet.origin.now,
      ),
    ).toBe(true);
    const lives = await Promise.all(keys.map((key) => connection.client.pttl(`bulwark:cache:{law:${key}}`)));
    expect(Math.max(...lives)).toBeLessThanOrEqual(POLICY.storedMs);
    const mean = lives.reduce((sum, life) => sum + life, 0) / lives.length;
    expect(Math.max(...lives) - mean).toBeGreaterThan(mean * 0.1);
    expect(mean - Math.min(...lives)).toBeGreaterThan(mean * 0.1);
    const bySecond = new Map<number, number>();
    for (const life of lives) bySecond.set(Math.floor(life / 1_000), (bySecond.get(Math.floor(life / 1_000)) ?? 0) + 1);
    expect(Math.max(...bySecond.values())).toBeLessThan(lives.length * 0.03);
  });
});

/** Lets what goes on in the background of a read (sharing, unlocking) come to an end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
