import { createCache, type Cache } from 'cache-manager';
import { Keyv } from 'keyv';
import type { GuardedRedis, RedisClient } from '../redis/index.js';
import { encodeEntry, type Pointer, type StoredEntry } from './cache-entry.js';
import { KEEP, POSITION_KEY, RedisStore, keyOf, type SharedRead, type SharedWrite } from './redis-store.js';

const LOCK_PREFIX = 'bulwark:cache-lock:';

/** Only the holder may release: its lock may have expired and belong to another process by now. */
const SET_AND_RELEASE = `${KEEP}
local kept = keep(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
if redis.call('GET', KEYS[2]) == ARGV[5] then redis.call('DEL', KEYS[2]) end
return kept`;
const RELEASE_IF_HELD = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** The entry, or else the lock on it: one round trip for a miss. */
const GET_OR_LOCK = `
local bytes = redis.call('GET', KEYS[1])
if bytes then return bytes end
if redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2], 'NX') then return 1 end
return 0`;

/** Takes a lock, or renews it when its holder asks. */
const HOLD = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

interface LockCommands {
  hold(key: string, token: string, ttlMs: number): Promise<number>;
  releaseIfHeld(key: string, token: string): Promise<number>;
  setAndRelease(
    key: string,
    lock: string,
    version: number,
    asOf: number,
    bytes: Buffer,
    ttlMs: number,
    token: string,
  ): Promise<number>;
  getOrLockBuffer(key: string, lock: string, token: string, ttlMs: number): Promise<Buffer | number>;
}
type LockClient = RedisClient & LockCommands;

const lockOf = (key: string): string => `${LOCK_PREFIX}{${key}}`;

/**
 * The layer that all processes share. cache-manager carries its reads and writes (ADR 023); beside it stands what no
 * store has: locks, an entry and its lock in one round trip, and the publisher's position.
 */
export class RedisLayer {
  private readonly store: RedisStore;
  private readonly entries: Cache;

  constructor(private readonly connection: GuardedRedis) {
    this.store = new RedisStore(connection);
    const client = connection.client as LockClient;
    client.defineCommand('setAndRelease', { numberOfKeys: 2, lua: SET_AND_RELEASE });
    client.defineCommand('getOrLock', { numberOfKeys: 2, lua: GET_OR_LOCK });
    client.defineCommand('hold', { numberOfKeys: 1, lua: HOLD });
    client.defineCommand('releaseIfHeld', { numberOfKeys: 1, lua: RELEASE_IF_HELD });
    // Entries have a format and keys of their own, which Keyv's would only wrap once more.
    const keyv = new Keyv({
      store: this.store,
      useKeyPrefix: false,
      serialize: undefined,
      deserialize: undefined,
      emitErrors: false,
    });
    this.entries = createCache({ stores: [keyv] });
  }

  isOpen(): boolean {
    return this.connection.isReady();
  }

  async get(key: string): Promise<SharedRead> {
    return (await this.entries.get<SharedRead>(key)) ?? 'unavailable';
  }

  /** Stores an entry unless a newer one is there; best effort. */
  async set(key: string, entry: StoredEntry | Pointer, ttlMs: number): Promise<void> {
    await this.entries.set(key, entry, ttlMs);
  }

  /** Many at once. @returns whether the server has accepted every one of them */
  async setMany(writes: readonly SharedWrite[]): Promise<boolean> {
    return this.store.writeMany(writes);
  }

  async delete(key: string): Promise<boolean> {
    return this.entries.del(key);
  }

  /** Deletes every entry and the publisher's position. */
  async clear(): Promise<void> {
    await this.entries.clear();
  }

  /** Like {@link get}; on a miss it also tries the lock on the key. */
  async getOrLock(key: string, token: string, ttlMs: number): Promise<SharedRead | 'locked' | 'held'> {
    const answer = await this.connection.ask((client) =>
      (client as LockClient).getOrLockBuffer(keyOf(key), lockOf(key), token, ttlMs),
    );
    if (typeof answer === 'number') return answer === 1 ? 'locked' : 'held';
    return this.store.resolve(answer);
  }

  /** Stores the entry and releases the lock that it was loaded under. */
  async setAndRelease(key: string, entry: StoredEntry, ttlMs: number, token: string): Promise<void> {
    const { version, asOf } = entry;
    await this.connection.ask((client) =>
      (client as LockClient).setAndRelease(keyOf(key), lockOf(key), version, asOf, encodeEntry(entry), ttlMs, token),
    );
  }

  /** Takes the fleet's lock on a key for at most `ttlMs`. @returns undefined when the server does not answer */
  async lock(key: string, token: string, ttlMs: number): Promise<boolean | undefined> {
    const answer = await this.connection.ask(
      async (client) => (await client.set(lockOf(key), token, 'PX', ttlMs, 'NX')) ?? 'held',
    );
    return answer === undefined ? undefined : answer === 'OK';
  }

  /** A lock that cannot be released expires by itself. */
  async unlock(key: string, token: string): Promise<void> {
    await this.connection.ask((client) => (client as LockClient).releaseIfHeld(lockOf(key), token));
  }

  /** Takes or renews a lease. */
  async hold(key: string, token: string, ttlMs: number): Promise<boolean> {
    return (await this.connection.ask((client) => (client as LockClient).hold(lockOf(key), token, ttlMs))) === 1;
  }

  /** Where the publisher's last run ended; null when none has, undefined when the server does not answer. */
  async position(): Promise<number | null | undefined> {
    const text = await this.connection.ask(async (client) => (await client.get(POSITION_KEY)) ?? '');
    return text === undefined ? undefined : text === '' ? null : Number(text);
  }

  async keepPosition(position: number): Promise<boolean> {
    return (await this.connection.ask((client) => client.set(POSITION_KEY, position))) === 'OK';
  }

  close(): void {
    this.connection.close();
  }
}
