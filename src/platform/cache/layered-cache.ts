import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { resultOrLate } from '../background/index.js';
import { HttpProblems } from '../problems/index.js';
import {
  COLD_WAIT_MS,
  PUBLISHED_POLL_INTERVAL_MS,
  PUBLISHED_POLLS_MAX,
  PUBLISHER_ALIVE_MS,
  RETRY_AFTER_SECONDS,
  SOFT_TIMEOUT_MS,
} from './cache-bounds.js';
import { cacheBypass } from './cache-bypass.js';
import { newer, type CacheEntry } from './cache-entry.js';
import type { Figures } from './cache-meter.js';
import type { CachePolicy } from './cache-policy.js';
import type { CacheDefinition, CacheParts, Load, Loaded, NothingFound, Served } from './cache-types.js';
import { EntryStore } from './entry-store.js';
import { FleetLock } from './fleet-lock.js';
import { ageOf, evaluateAge, invalidate, isDueForEagerRefresh, type EntryFreshness } from './freshness.js';
import type { LoadInFlight, LoadResult } from './loads-in-flight.js';

/** What memory holds for a key at a moment. */
interface Lookup {
  readonly held: CacheEntry | undefined;
  readonly freshness: EntryFreshness;
  readonly ageMs: number;
  readonly now: number;
}

/**
 * One cache of the layers memory, shared, origin under one policy (ADR 021): when a hot key expires, one process of the
 * fleet asks the origin once, every other read is served what there is, and nothing older than the policy's bound is
 * served while the origin is well. Only what JSON holds can be kept, so no money that is charged.
 */
export class LayeredCache<T> {
  readonly policy: CachePolicy;
  private readonly figures: Figures;
  private readonly entries: EntryStore<T>;
  private readonly lock: FleetLock;

  constructor(
    private readonly parts: CacheParts,
    definition: CacheDefinition<T>,
  ) {
    this.policy = definition.policy;
    this.figures = parts.meter.figuresOf(this.policy.name);
    this.entries = new EntryStore(parts, definition);
    this.lock = new FleetLock(parts, this.policy.name, this.entries as EntryStore<unknown>);
  }

  /**
   * Serves from memory alone, when the entry can be served as it is and no load has to start: no promise, no wait.
   * @param id from {@link idOf}, made once: joining and hashing it costs more than the rest
   * @returns undefined when {@link read} has to go on to the next layer
   */
  peek(id: string): Served | undefined {
    const { memory, subscriber, loads } = this.parts;
    const entry = memory.get(id);
    if (entry?.body === undefined) return undefined;
    const now = this.parts.now();
    const ageMs = ageOf(entry, subscriber, now);
    const freshness = evaluateAge(entry, this.policy, ageMs, now);
    if (freshness !== 'fresh' && freshness !== 'stale') return undefined;
    if ((freshness === 'stale' || isDueForEagerRefresh(entry, ageMs)) && loads.get(id) === undefined) return undefined;
    if (freshness === 'fresh') this.figures.memoryFresh++;
    else this.figures.memoryStale++;
    return this.serve(entry, freshness, 'memory', ageMs);
  }

  /**
   * Serves the key from the nearest layer that may answer.
   * @param waitMs how long to wait for a load when nothing can be served without one
   * @returns an entry whose `body` is undefined when the origin has no such thing
   * @throws Problem `unavailable` when nothing can be served in time; what the load throws when nothing is left to
   * serve
   */
  async read(key: string, load: Load<T>, waitMs = COLD_WAIT_MS): Promise<Served> {
    const id = this.idOf(key);
    if (cacheBypass.getStore()) return this.readOrigin(id, key, load);
    const lookup = this.look(id);
    const { held, freshness, ageMs } = lookup;
    if (held && (freshness === 'fresh' || freshness === 'stale')) {
      if (freshness === 'stale' || isDueForEagerRefresh(held, ageMs)) this.startLoad(id, key, load, held);
      return this.serve(held, freshness, 'memory', ageMs);
    }
    const joined = this.parts.loads.get(id);
    if (joined) this.parts.meter.coalesced(this.policy.name);
    const served = await this.awaitLoad(id, lookup, joined ?? this.startLoad(id, key, load, held), waitMs);
    if (served) return served;
    throw HttpProblems.unavailable('The answer is not cached and the database did not give it in time.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  /** Whether a load of the entry is in flight in this process. */
  isLoading(id: string): boolean {
    return this.parts.loads.get(id) !== undefined;
  }

  /**
   * Waits for the load of an entry that {@link peek} could not serve: what the herd on an expired key does after the
   * first of it, without the way through the framework.
   * @returns undefined when no load is in flight, or it did not come in time
   * @throws what the load throws when nothing is left to serve
   */
  async join(id: string): Promise<Served | undefined> {
    const inFlight = this.parts.loads.get(id);
    if (inFlight === undefined) return undefined;
    this.parts.meter.coalesced(this.policy.name);
    return this.awaitLoad(id, this.look(id), inFlight, COLD_WAIT_MS);
  }

  /**
   * Writes what the origin gave into the shared layer, ahead of any read.
   * @param loads each with its keys: the bytes are stored under the first one, the others point to it
   * @returns whether the shared layer has answered for all of it
   */
  async prime(
    loads: readonly ((Loaded<T> | NothingFound) & { readonly keys: readonly string[] })[],
    asOf: number,
  ): Promise<boolean> {
    return this.entries.prime(loads, asOf);
  }

  /** Marks what memory holds as invalidated by a change of this version; it is served for a short grace at most. */
  invalidate(id: string, version: number): void {
    const { memory, subscriber } = this.parts;
    const entry = memory.get(id);
    if (entry !== undefined && entry.version <= version) invalidate(entry, subscriber, this.parts.now());
  }

  /** The key among those of all caches. */
  idOf(key: string): string {
    return this.entries.idOf(key);
  }

  /** What memory holds for the key, and how it stands. */
  private look(id: string): Lookup {
    const { memory, subscriber, meter } = this.parts;
    const now = this.parts.now();
    const held = memory.get(id);
    const ageMs = held ? ageOf(held, subscriber, now) : 0;
    const freshness = held ? evaluateAge(held, this.policy, ageMs, now) : 'expired';
    meter.memory(this.policy.name, freshness);
    return { held, freshness, ageMs, now };
  }

  /** @returns undefined when the load takes longer than `waitMs` and nothing else can be served */
  private async awaitLoad(
    id: string,
    { held, freshness, now }: Lookup,
    inFlight: LoadInFlight,
    waitMs: number,
  ): Promise<Served | undefined> {
    if (held && freshness === 'stale-if-error') return this.awaitOrServeStale(id, held, inFlight, now);
    const result = await resultOrLate(inFlight.result, waitMs, undefined);
    return result && this.serveNow(result);
  }

  /** Soft time-out and fail-safe: the load gets a moment, then the stale entry is served. */
  private async awaitOrServeStale(id: string, held: CacheEntry, inFlight: LoadInFlight, now: number): Promise<Served> {
    const isFailing = this.parts.originBulkhead.isFailing(id);
    const waitMs = isFailing ? 0 : Math.max(0, inFlight.startedAt + SOFT_TIMEOUT_MS - now);
    const result = await resultOrLate(inFlight.result, waitMs, undefined).catch(() => undefined);
    return this.serveNow(result ?? { entry: held, from: 'memory' });
  }

  private startLoad(id: string, key: string, load: Load<T>, held: CacheEntry | undefined): LoadInFlight {
    const { loads } = this.parts;
    return loads.get(id) ?? loads.start(id, this.parts.now(), () => this.loadThroughLayers(id, key, load, held));
  }

  /** For a caller whose own write may be in no layer yet. */
  private async readOrigin(id: string, key: string, load: Load<T>): Promise<Served> {
    const { originBulkhead, meter } = this.parts;
    const asOf = this.parts.now();
    meter.load(this.policy.name);
    const stored = this.entries.toStored(await originBulkhead.run(() => load('latest')), asOf, key);
    meter.origin(this.policy.name, stored.body !== undefined);
    const entry = this.entries.store(id, stored, false);
    void this.entries.share(id, stored, undefined);
    return this.serveNow({ entry, from: 'origin' });
  }

  /** The shared layer first; then one process of the fleet asks the origin, and the others wait for its entry. */
  private async loadThroughLayers(
    id: string,
    key: string,
    load: Load<T>,
    held: CacheEntry | undefined,
  ): Promise<LoadResult> {
    const token = randomUUID();
    const { found, lock } = held
      ? { found: await this.readPublished(id, held), lock: undefined }
      : await this.lock.readOrLock(id, token);
    if (found && this.entries.needsNoLoad(found)) return { entry: found, from: 'redis' };
    const best = newer(held, found);
    const failure = this.parts.originBulkhead.recentFailure(id, this.parts.now());
    if (failure) {
      if (lock === 'locked') this.lock.release(id, token);
      return this.serveInstead(failure.error, best);
    }
    const outcome = lock === 'locked' ? lock : await this.lock.lockOrWait(id, token, best, lock);
    if (typeof outcome !== 'string') return { entry: outcome, from: 'redis' };
    return this.loadFromOrigin(id, key, load, best, outcome === 'locked' ? token : undefined);
  }

  /**
   * Reads the shared layer. The publisher stores the new value there before it publishes the change, but an early
   * message of the writer may come first: while the old value may be served, the new one is awaited.
   */
  private async readPublished(id: string, held: CacheEntry): Promise<CacheEntry | undefined> {
    const { redis, subscriber } = this.parts;
    const found = await this.entries.readShared(id);
    const isExpected =
      this.policy.invalidation === 'in-place' &&
      held.invalidatedAt !== undefined &&
      this.entries.evaluate(held) === 'stale' &&
      this.parts.now() - subscriber.at < PUBLISHER_ALIVE_MS;
    if (!isExpected) return found;
    let latest = found;
    for (let polls = 0; polls < PUBLISHED_POLLS_MAX && latest?.invalidatedAt !== undefined && redis.isOpen(); polls++) {
      await pause(PUBLISHED_POLL_INTERVAL_MS);
      latest = (await this.entries.readShared(id)) ?? latest;
    }
    return latest;
  }

  private async loadFromOrigin(
    id: string,
    key: string,
    load: Load<T>,
    best: CacheEntry | undefined,
    token: string | undefined,
  ): Promise<LoadResult> {
    const { originBulkhead, meter } = this.parts;
    try {
      const stored = await originBulkhead.run(async () => {
        const asOf = this.parts.now();
        meter.load(this.policy.name);
        return this.entries.toStored(await load(this.entries.recencyFor(key, asOf)), asOf, key);
      });
      originBulkhead.noteSuccess(id);
      meter.origin(this.policy.name, stored.body !== undefined);
      const entry = this.entries.store(id, stored, false);
      // The reads of this process need not wait until the shared layer has it.
      void this.entries.share(id, stored, token);
      return { entry, from: 'origin' };
    } catch (error) {
      meter.origin(this.policy.name, false);
      originBulkhead.noteFailure(id, error, this.parts.now(), this.parts.chance());
      if (token) this.lock.release(id, token);
      return this.serveInstead(error, best);
    }
  }

  private serveInstead(error: unknown, best: CacheEntry | undefined): LoadResult {
    if (best?.body !== undefined && this.entries.evaluate(best) !== 'expired') return { entry: best, from: 'redis' };
    throw error;
  }

  private serveNow({ entry, from }: { entry: CacheEntry; from: Served['layer'] }): Served {
    return this.serve(entry, this.entries.evaluate(entry), from, this.entries.ageOf(entry));
  }

  private serve(entry: CacheEntry, freshness: EntryFreshness, layer: Served['layer'], ageMs: number): Served {
    entry.hits++;
    this.figures.ageMs += ageMs;
    this.figures.served++;
    return { entry, freshness, layer, ageMs, policy: this.policy };
  }
}
