import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { HttpProblems } from '../problems/index.js';
import {
  SOFT_TIMEOUT_MS,
  COLD_WAIT_MS,
  LOCK_WAIT_MS,
  LOCK_LOOK_EVERY_MS,
  LOCK_LOOKS_MIN,
  FOLLOWED_WITHIN_MS,
  TOLD_LOOK_EVERY_MS,
  TOLD_LOOKS_MAX,
  LOCK_MAX_MS,
  REFRESHED_ELSEWHERE_MS,
  RETRY_AFTER_SECONDS,
} from './cache-bounds.js';
import { newer, toEntry, type CacheEntry, type StoredEntry } from './cache-entry.js';
import type { Figures } from './cache-meter.js';
import { jitteredFreshMs, jitteredStoredMs, type CachePolicy } from './cache-policy.js';
import type { CacheDefinition, CacheParts, Load, Loaded, Nothing, Served } from './cache-types.js';
import { within, type Flights, type LoadResult } from './flight.js';
import { ageOf, isDueForEagerRefresh, evaluate, evaluateAge, invalidate, type EntryFreshness } from './freshness.js';
import { cacheBypass } from './cache-bypass.js';
import type { SharedLook } from './redis-layer.js';

/**
 * One cache of the layers memory, shared, origin under one law (ADR 021): when a hot key expires, one process of the
 * fleet asks the origin once, everybody else is served what there is, and nothing older than the policy's bound is
 * served while the origin is well. Only what JSON holds can be kept, so no money that is charged.
 */
export class LayeredCache<T> {
  readonly policy: CachePolicy;
  private readonly figures: Figures;

  constructor(
    private readonly parts: CacheParts,
    private readonly definition: CacheDefinition<T>,
  ) {
    this.policy = definition.policy;
    this.figures = parts.meter.figuresOf(this.policy.name);
  }

  /**
   * What the process holds, when that can be served as it is and nothing is left to do: no promise, no waiting.
   * @param id from {@link idOf}, made once: joining and hashing it costs more than the rest
   * @returns undefined when {@link read} has to look further
   */
  peek(id: string): Served | undefined {
    const { memory, follower, flights } = this.parts;
    const entry = memory.get(id);
    if (entry?.body === undefined) return undefined;
    const now = this.parts.now();
    const ageMs = ageOf(entry, follower, now);
    const verdict = evaluateAge(entry, this.policy, ageMs, now);
    if (verdict !== 'fresh' && verdict !== 'stale') return undefined;
    if ((verdict === 'stale' || isDueForEagerRefresh(entry, ageMs)) && flights.get(id) === undefined) return undefined;
    if (verdict === 'fresh') this.figures.memoryFresh++;
    else this.figures.memoryStale++;
    return this.served(entry, verdict, 'memory', ageMs);
  }

  /**
   * Serves the key from the nearest layer that may answer.
   * @returns an entry whose `body` is undefined when the origin has no such thing
   * @throws Problem `unavailable` when nothing can be shown in time; what the load throws when nothing is left to show
   */
  async read(key: string, load: Load<T>): Promise<Served> {
    const { memory, follower, flights, meter } = this.parts;
    const id = this.idOf(key);
    if (cacheBypass.getStore()) return this.readOrigin(id, key, load);
    const now = this.parts.now();
    const held = memory.get(id);
    const ageMs = held ? ageOf(held, follower, now) : 0;
    const verdict = held ? evaluateAge(held, this.policy, ageMs, now) : 'expired';
    meter.memory(this.policy.name, verdict);
    if (held && (verdict === 'fresh' || verdict === 'stale')) {
      if (verdict === 'stale' || isDueForEagerRefresh(held, ageMs)) this.startLoad(id, key, load, held);
      return this.served(held, verdict, 'memory', ageMs);
    }
    const joined = flights.get(id);
    if (joined) meter.coalesced(this.policy.name);
    const flight = joined ?? this.startLoad(id, key, load, held);
    if (held && verdict === 'stale-if-error') {
      const patienceMs = this.parts.gate.isFailing(id) ? 0 : Math.max(0, flight.startedAt + SOFT_TIMEOUT_MS - now);
      const landing = await within(flight.landing, patienceMs).catch(() => undefined);
      return this.landed(landing ?? { entry: held, from: 'memory' });
    }
    const landing = await within(flight.landing, COLD_WAIT_MS);
    if (landing) return this.landed(landing);
    throw HttpProblems.unavailable('What was asked for takes too long to come.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  /**
   * Puts what the origin gave into the shared layer, for whoever asks next.
   * @param loads each with its keys: the bytes lie under the first one, the others lead there
   * @returns whether the server has judged all of it
   */
  async seed(
    loads: readonly ((Loaded<T> | Nothing) & { readonly keys: readonly string[] })[],
    asOf: number,
  ): Promise<boolean> {
    const entries = loads.flatMap(({ keys, ...loaded }) => {
      const [first = '', ...others] = keys.map((key) => this.idOf(key));
      const entry = this.store(loaded, asOf, keys[0] ?? '');
      const ttlMs = this.storedMs(entry);
      const pointer = entry.body === undefined ? entry : { version: entry.version, asOf, target: first };
      return [{ key: first, entry, ttlMs }, ...others.map((key) => ({ key, entry: pointer, ttlMs }))];
    });
    return this.parts.redis.setMany(entries);
  }

  /** A change became known: what lacks it is served for a moment at most. */
  invalidate(id: string, version: number): void {
    const { memory, follower } = this.parts;
    const entry = memory.get(id);
    if (entry !== undefined && entry.version <= version) invalidate(entry, follower, this.parts.now());
  }

  /** The key among those of all caches. */
  idOf(key: string): string {
    return `${this.policy.name}:${key}`;
  }

  private startLoad(
    id: string,
    key: string,
    load: Load<T>,
    held: CacheEntry | undefined,
  ): ReturnType<Flights['start']> {
    const existing = this.parts.flights.get(id);
    if (existing) return existing;
    return this.parts.flights.start(id, this.parts.now(), () => this.loadThroughLayers(id, key, load, held));
  }

  /** For somebody who has just written what may be in no layer yet. */
  private async readOrigin(id: string, key: string, load: Load<T>): Promise<Served> {
    const { gate, meter } = this.parts;
    const asOf = this.parts.now();
    meter.load(this.policy.name);
    const stored = this.store(await gate.run(() => load('latest')), asOf, key);
    meter.origin(this.policy.name, stored.body !== undefined);
    const entry = this.place(id, stored, false);
    void this.share(id, stored, undefined);
    return this.landed({ entry, from: 'origin' });
  }

  /** Shared layer first; then one process of the fleet asks the origin, and the others wait for what it brings. */
  private async loadThroughLayers(
    id: string,
    key: string,
    load: Load<T>,
    held: CacheEntry | undefined,
  ): Promise<LoadResult> {
    const { redis, gate } = this.parts;
    const token = randomUUID();
    const { found, lock } = held
      ? { found: await this.lookForTold(id, held), lock: undefined }
      : await this.lookOrLock(id, token);
    if (
      found &&
      this.evaluateNow(found) === 'fresh' &&
      !isDueForEagerRefresh(found, ageOf(found, this.parts.follower, this.parts.now()))
    )
      return { entry: found, from: 'redis' };
    const best = newer(held, found);
    const failure = gate.recentFailure(id, this.parts.now());
    if (failure) {
      if (lock === 'locked') void redis.unlock(id, token);
      return this.insteadOf(failure.error, best);
    }
    const turn = lock === 'locked' ? lock : await this.takeTurn(id, token, best, lock);
    if (typeof turn !== 'string') return { entry: turn, from: 'redis' };
    return this.loadInto(id, key, load, best, turn === 'locked' ? token : undefined);
  }

  /** With nothing in memory the look and the lock are one round trip. */
  private async lookOrLock(
    id: string,
    token: string,
  ): Promise<{ found: CacheEntry | undefined; lock: 'locked' | 'held' | undefined }> {
    const run = this.parts.follower.epoch;
    const answer = await this.parts.redis.getOrLock(id, token, LOCK_MAX_MS);
    if (answer !== 'locked' && answer !== 'held') return { found: this.take(id, answer, run), lock: undefined };
    this.parts.meter.redis(this.policy.name, 'expired');
    return { found: undefined, lock: answer };
  }

  /** What was just told as changed is on its way into the shared layer; while the old value may be shown, it is awaited. */
  private async lookForTold(id: string, held: CacheEntry): Promise<CacheEntry | undefined> {
    const { follower } = this.parts;
    const found = await this.look(id);
    const told =
      this.policy.follows === 'in-place' &&
      held.invalidatedAt !== undefined &&
      this.evaluateNow(held) === 'stale' &&
      this.parts.now() - follower.at < FOLLOWED_WITHIN_MS;
    if (!told) return found;
    let latest = found;
    for (
      let looks = 0;
      looks < TOLD_LOOKS_MAX && latest?.invalidatedAt !== undefined && this.parts.redis.isOpen();
      looks++
    ) {
      await pause(TOLD_LOOK_EVERY_MS);
      latest = (await this.look(id)) ?? latest;
    }
    return latest;
  }

  /** What the shared layer holds, taken into memory unless memory has something newer. */
  private async look(id: string): Promise<CacheEntry | undefined> {
    const run = this.parts.follower.epoch;
    return this.take(id, await this.parts.redis.get(id), run);
  }

  /** @param run of announcements in which the look began */
  private take(id: string, found: SharedLook, run: number): CacheEntry | undefined {
    const { follower, meter } = this.parts;
    if (typeof found === 'string') {
      if (found === 'miss') meter.redis(this.policy.name, 'expired');
      return undefined;
    }
    const entry = this.place(id, found, this.policy.follows === 'in-place' && !found.ttlOnly && run === follower.epoch);
    meter.redis(this.policy.name, this.evaluateNow(entry));
    return entry;
  }

  /**
   * Takes the lock, or waits for whoever has it.
   * @returns what somebody else brought; `locked` when this process is to load; `alone` when nobody knows about the
   *   others, or they took too long
   */
  private async takeTurn(
    id: string,
    token: string,
    best: CacheEntry | undefined,
    lock: 'held' | undefined,
  ): Promise<CacheEntry | 'locked' | 'alone'> {
    const first = lock === 'held' ? lock : await this.lockUnlessBrought(id, token);
    if (first !== 'held') return first;
    const { redis, meter } = this.parts;
    const began = this.parts.now();
    const showable = best && this.evaluateNow(best) === 'stale' ? best : undefined;
    const until = began + (showable ? REFRESHED_ELSEWHERE_MS : LOCK_WAIT_MS);
    let outcome: CacheEntry | 'locked' | 'alone' | 'held' = 'held';
    for (
      let looks = 0;
      outcome === 'held' && (looks < LOCK_LOOKS_MIN || this.parts.now() < until) && redis.isOpen();
      looks++
    ) {
      await pause(LOCK_LOOK_EVERY_MS);
      const next = await this.look(id);
      outcome = next && this.evaluateNow(next) === 'fresh' ? next : await this.lockUnlessBrought(id, token);
    }
    meter.waited(this.policy.name, this.parts.now() - began);
    return outcome === 'held' ? (showable ?? 'alone') : outcome;
  }

  /** Between a look and the lock another process may have brought it and let go: with the lock one looks again. */
  private async lockUnlessBrought(id: string, token: string): Promise<CacheEntry | 'locked' | 'held' | 'alone'> {
    const { redis } = this.parts;
    const locked = await redis.lock(id, token, LOCK_MAX_MS);
    if (locked === undefined) return 'alone';
    if (!locked) return 'held';
    const brought = await this.look(id);
    if (
      !brought ||
      this.evaluateNow(brought) !== 'fresh' ||
      isDueForEagerRefresh(brought, ageOf(brought, this.parts.follower, this.parts.now()))
    )
      return 'locked';
    void redis.unlock(id, token);
    return brought;
  }

  private async loadInto(
    id: string,
    key: string,
    load: Load<T>,
    best: CacheEntry | undefined,
    token: string | undefined,
  ): Promise<LoadResult> {
    const { redis, gate, follower, meter } = this.parts;
    try {
      const asked = await gate.run(async () => {
        const asOf = this.parts.now();
        meter.load(this.policy.name);
        const loaded = await load(follower.recencyOf(this.definition.watches(key), this.policy, asOf));
        return { stored: this.store(loaded, asOf, key) };
      });
      gate.noteSuccess(id);
      meter.origin(this.policy.name, asked.stored.body !== undefined);
      const entry = this.place(id, asked.stored, false);
      // Whoever waits here has the answer; the fleet gets it meanwhile.
      void this.share(id, asked.stored, token);
      return { entry, from: 'origin' };
    } catch (error) {
      meter.origin(this.policy.name, false);
      gate.noteFailure(id, error, this.parts.now(), this.parts.chance());
      if (token) void redis.unlock(id, token);
      return this.insteadOf(error, best);
    }
  }

  private async share(id: string, stored: StoredEntry, token: string | undefined): Promise<void> {
    const { redis } = this.parts;
    if (token) await redis.setAndRelease(id, stored, this.storedMs(stored), token);
    else await redis.set(id, stored, this.storedMs(stored));
  }

  private storedMs(stored: StoredEntry): number {
    return stored.body === undefined ? this.policy.negativeMs : jitteredStoredMs(this.policy, this.parts.chance());
  }

  private insteadOf(error: unknown, best: CacheEntry | undefined): LoadResult {
    if (best?.body !== undefined && this.evaluateNow(best) !== 'expired') return { entry: best, from: 'redis' };
    throw error;
  }

  /** Makes an entry of what was read and keeps it, unless what is held is newer; decides whether it follows changes. */
  private place(id: string, stored: StoredEntry, trueInShared: boolean): CacheEntry {
    const { memory, follower, chance } = this.parts;
    const entry = toEntry(stored, jitteredFreshMs(this.policy, chance()));
    const changedAt = follower.lastChange(stored.tags, stored.version);
    if (
      changedAt === undefined &&
      this.policy.follows !== 'by-age' &&
      (trueInShared || follower.covers(stored.version))
    )
      follower.adopt(entry);
    if (changedAt !== undefined && stored.asOf < changedAt) entry.invalidatedAt = changedAt;
    const held = memory.get(id);
    if (held && newer(held, entry) === held && this.evaluateNow(held) !== 'expired') return held;
    if (held) entry.hits = held.hits;
    memory.set(id, entry, this.policy.follows === 'by-tag');
    return entry;
  }

  private store(loaded: Loaded<T> | Nothing, asOf: number, key: string): StoredEntry {
    const { version } = loaded;
    const { follower } = this.parts;
    const tags = loaded.tags.length > 0 ? loaded.tags : this.definition.watches(key);
    const ttlOnly = !follower.covers(version) || follower.lastChange(tags, version) !== undefined;
    if (loaded.value === undefined) return { body: undefined, etag: '', version, asOf, tags, ttlOnly };
    const bytes = JSON.stringify(loaded.value);
    return {
      body: Buffer.from(bytes),
      etag: this.definition.etagOf(loaded.value, bytes),
      version,
      asOf,
      tags,
      ttlOnly,
    };
  }

  private evaluateNow(entry: CacheEntry): EntryFreshness {
    return evaluate(entry, this.policy, this.parts.follower, this.parts.now());
  }

  private landed({ entry, from }: { entry: CacheEntry; from: Served['layer'] }): Served {
    return this.served(entry, this.evaluateNow(entry), from, ageOf(entry, this.parts.follower, this.parts.now()));
  }

  private served(entry: CacheEntry, verdict: EntryFreshness, layer: Served['layer'], ageMs: number): Served {
    entry.hits++;
    this.figures.ageMs += ageMs;
    this.figures.served++;
    return { entry, verdict, layer, ageMs, policy: this.policy };
  }
}
