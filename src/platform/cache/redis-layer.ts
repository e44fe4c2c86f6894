import { decodeEntry, encodeEntry, type Pointer, type StoredEntry } from './cache-entry.js';
import type { GuardedRedis, RedisClient } from '../redis/index.js';

const KEY_PREFIX = 'bulwark:cache:';
const POSITION_KEY = `${KEY_PREFIX}position`;
const LOCK_PREFIX = 'bulwark:cache-lock:';
const SCAN_COUNT = 1_000;
/** Few enough that other clients of the server do not wait noticeably. */
const TOGETHER_MAX = 100;

/** A late writer with an older version must not overwrite a newer entry; of the same version the later read wins. */
const KEEP = `
local function keep(key, version, asOf, bytes, ttl)
  local heldVersion, heldAsOf = string.match(redis.call('GETRANGE', key, 0, 48), '^B1 (%d+) (%d+) ')
  if heldVersion then
    local held, given = tonumber(heldVersion), tonumber(version)
    if held > given or (held == given and tonumber(heldAsOf) > tonumber(asOf)) then return 0 end
  end
  redis.call('SET', key, bytes, 'PX', ttl)
  return 1
end`;
const SET_UNLESS_NEWER = `${KEEP}
return keep(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])`;
/** Many in one call: a command for each would cost more in both processes than the writes themselves. */
const SET_MANY_UNLESS_NEWER = `${KEEP}
for i = 1, #KEYS do keep(KEYS[i], ARGV[4 * i - 3], ARGV[4 * i - 2], ARGV[4 * i - 1], ARGV[4 * i]) end
return #KEYS`;
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

/** Takes a lock, or keeps it when it is held already. */
const HOLD = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

interface Scripted {
  hold(key: string, token: string, ttlMs: number): Promise<number>;
  setUnlessNewer(key: string, version: number, asOf: number, bytes: Buffer, ttlMs: number): Promise<number>;
  releaseIfHeld(key: string, token: string): Promise<number>;
  setManyUnlessNewer(keyCount: number, ...keysAndArguments: (string | number | Buffer)[]): Promise<number>;
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
type ScriptedClient = RedisClient & Scripted;

/** In braces, so that an entry and its lock lie on one node of a cluster. */
const keyOf = (key: string): string => `${KEY_PREFIX}{${key}}`;
const lockOf = (key: string): string => `${LOCK_PREFIX}{${key}}`;

/** What is to be stored under a key, and for how long at most (ms). */
export interface SharedWrite {
  readonly key: string;
  readonly entry: StoredEntry | Pointer;
  readonly ttlMs: number;
}

/** What a read of the shared layer found; `unavailable` is not a miss. */
export type SharedRead = StoredEntry | 'miss' | 'unavailable';

/** The layer that all processes share. Every call answers within the connection's time-out, whatever the server does. */
export class RedisLayer {
  constructor(private readonly connection: GuardedRedis) {
    const client = connection.client as ScriptedClient;
    client.defineCommand('setUnlessNewer', { numberOfKeys: 1, lua: SET_UNLESS_NEWER });
    client.defineCommand('setManyUnlessNewer', { lua: SET_MANY_UNLESS_NEWER });
    client.defineCommand('setAndRelease', { numberOfKeys: 2, lua: SET_AND_RELEASE });
    client.defineCommand('getOrLock', { numberOfKeys: 2, lua: GET_OR_LOCK });
    client.defineCommand('hold', { numberOfKeys: 1, lua: HOLD });
    client.defineCommand('releaseIfHeld', { numberOfKeys: 1, lua: RELEASE_IF_HELD });
  }

  isOpen(): boolean {
    return this.connection.isReady();
  }

  async get(key: string): Promise<SharedRead> {
    const found = await this.find(key);
    return typeof found !== 'string' && 'target' in found ? this.resolve(found) : found;
  }

  private async resolve(found: Pointer): Promise<SharedRead> {
    const target = await this.find(found.target);
    // A pointer to a pointer was not written by this code.
    return typeof target !== 'string' && 'target' in target ? 'miss' : target;
  }

  private async find(key: string): Promise<StoredEntry | Pointer | 'miss' | 'unavailable'> {
    const bytes = await this.connection.ask((client) => client.getBuffer(keyOf(key)));
    if (bytes === undefined) return 'unavailable';
    return (bytes && decodeEntry(bytes)) ?? 'miss';
  }

  /** Like {@link get}; on a miss it also tries the lock on the key. */
  async getOrLock(key: string, token: string, ttlMs: number): Promise<SharedRead | 'locked' | 'held'> {
    const answer = await this.connection.ask((client) =>
      (client as ScriptedClient).getOrLockBuffer(keyOf(key), lockOf(key), token, ttlMs),
    );
    if (answer === undefined) return 'unavailable';
    if (typeof answer === 'number') return answer === 1 ? 'locked' : 'held';
    const found = decodeEntry(answer) ?? 'miss';
    return typeof found !== 'string' && 'target' in found ? this.resolve(found) : found;
  }

  /** @returns false when a newer entry is stored there, undefined when the server does not answer */
  async set(key: string, entry: StoredEntry | Pointer, ttlMs: number): Promise<boolean | undefined> {
    const { version, asOf } = entry;
    const stored = await this.connection.ask((client) =>
      (client as ScriptedClient).setUnlessNewer(keyOf(key), version, asOf, encodeEntry(entry), ttlMs),
    );
    return stored === undefined ? undefined : stored === 1;
  }

  /** Stores the entry and releases the lock that it was loaded under. */
  async setAndRelease(key: string, entry: StoredEntry, ttlMs: number, token: string): Promise<void> {
    const { version, asOf } = entry;
    await this.connection.ask((client) =>
      (client as ScriptedClient).setAndRelease(
        keyOf(key),
        lockOf(key),
        version,
        asOf,
        encodeEntry(entry),
        ttlMs,
        token,
      ),
    );
  }

  /** Many at once. @returns whether the server has accepted every one of them */
  async setMany(entries: readonly SharedWrite[]): Promise<boolean> {
    for (let first = 0; first < entries.length; first += TOGETHER_MAX) {
      if (!(await this.setTogether(entries.slice(first, first + TOGETHER_MAX)))) return false;
    }
    return true;
  }

  private async setTogether(entries: readonly SharedWrite[]): Promise<boolean> {
    // In a cluster the keys of one call would have to lie on one node.
    if ('nodes' in this.connection.client)
      return (await Promise.all(entries.map(({ key, entry, ttlMs }) => this.set(key, entry, ttlMs)))).every(
        (accepted) => accepted !== undefined,
      );
    const facts = entries.flatMap(({ entry, ttlMs }) => [entry.version, entry.asOf, encodeEntry(entry), ttlMs]);
    const accepted = await this.connection.ask((client) =>
      (client as ScriptedClient).setManyUnlessNewer(entries.length, ...entries.map(({ key }) => keyOf(key)), ...facts),
    );
    return accepted === entries.length;
  }

  /** Takes the fleet's lock on a key for at most `ttlMs`. @returns undefined when the server does not answer */
  async lock(key: string, token: string, ttlMs: number): Promise<boolean | undefined> {
    const answer = await this.connection.ask(
      async (client) => (await client.set(lockOf(key), token, 'PX', ttlMs, 'NX')) ?? 'held',
    );
    return answer === undefined ? undefined : answer === 'OK';
  }

  /** Takes or renews a lease. */
  async hold(key: string, token: string, ttlMs: number): Promise<boolean> {
    return (await this.connection.ask((client) => (client as ScriptedClient).hold(lockOf(key), token, ttlMs))) === 1;
  }

  /** Where the publisher's last run ended; null when none has, undefined when the server does not answer. */
  async position(): Promise<number | null | undefined> {
    const text = await this.connection.ask(async (client) => (await client.get(POSITION_KEY)) ?? '');
    return text === undefined ? undefined : text === '' ? null : Number(text);
  }

  async keepPosition(position: number): Promise<boolean> {
    return (await this.connection.ask((client) => client.set(POSITION_KEY, position))) === 'OK';
  }

  /** A lock that cannot be released expires by itself. */
  async unlock(key: string, token: string): Promise<void> {
    await this.connection.ask((client) => (client as ScriptedClient).releaseIfHeld(lockOf(key), token));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.connection.ask((client) => client.unlink(keyOf(key)))) === 1;
  }

  /** Deletes every key of the cache, the publisher's position included, and no other. */
  async clear(): Promise<void> {
    const { client } = this.connection;
    const nodes = 'nodes' in client ? client.nodes('master') : [client];
    for (const node of nodes) {
      for await (const keys of node.scanStream({ match: `${KEY_PREFIX}*`, count: SCAN_COUNT }) as AsyncIterable<
        string[]
      >) {
        // One by one in a pipeline: in a cluster the keys of one node are of many slots.
        await Promise.all(keys.map((key) => node.unlink(key)));
      }
    }
  }

  close(): void {
    this.connection.close();
  }
}
