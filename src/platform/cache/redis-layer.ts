import type { Redis } from 'ioredis';
import { decodeEntry, encodeEntry, type Pointer, type StoredEntry } from './cache-entry.js';
import type { CacheConnection } from './cache-connection.js';

export const KEY_PREFIX = 'bulwark:cache:';
const POSITION_KEY = `${KEY_PREFIX}position`;
const LOCK_PREFIX = 'bulwark:cache-lock:';
const SCAN_COUNT = 1_000;
/** Few enough that the last one is answered within a command's time. */
const TOGETHER_MAX = 100;

/** A late writer with an older version must not overwrite a newer entry; of the same version the later reading wins. */
const SET_UNLESS_NEWER = `
local facts = redis.call('GETRANGE', KEYS[1], 0, 48)
local version, asOf = string.match(facts, '^B1 (%d+) (%d+) ')
if version then
  local held, given = tonumber(version), tonumber(ARGV[1])
  if held > given or (held == given and tonumber(asOf) > tonumber(ARGV[2])) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1`;

/** Only the holder may release: its lock may have run out and be somebody else's by now. */
const RELEASE_IF_HELD = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

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
}
type ScriptedClient = Redis & Scripted;

/** What a look into the shared layer found; `unavailable` is not the same as "nothing there". */
export type SharedLook = StoredEntry | 'miss' | 'unavailable';

/** The layer that all processes share. Every call answers within the connection's time-out, whatever the server does. */
export class RedisLayer {
  constructor(private readonly connection: CacheConnection) {
    const client = connection.client as ScriptedClient;
    client.defineCommand('setUnlessNewer', { numberOfKeys: 1, lua: SET_UNLESS_NEWER });
    client.defineCommand('hold', { numberOfKeys: 1, lua: HOLD });
    client.defineCommand('releaseIfHeld', { numberOfKeys: 1, lua: RELEASE_IF_HELD });
  }

  isOpen(): boolean {
    return this.connection.isOpen();
  }

  async get(key: string): Promise<SharedLook> {
    const found = await this.find(key);
    if (typeof found === 'string' || !('target' in found)) return found;
    const meant = await this.find(found.target);
    // A pointer to a pointer is none of ours.
    return typeof meant !== 'string' && 'target' in meant ? 'miss' : meant;
  }

  private async find(key: string): Promise<StoredEntry | Pointer | 'miss' | 'unavailable'> {
    const bytes = await this.connection.ask((client) => client.getBuffer(KEY_PREFIX + key));
    if (bytes === undefined) return 'unavailable';
    return (bytes && decodeEntry(bytes)) ?? 'miss';
  }

  /** @returns false when a newer entry stands there, undefined when nobody knows */
  async set(key: string, entry: StoredEntry | Pointer, ttlMs: number): Promise<boolean | undefined> {
    const { version, asOf } = entry;
    const stored = await this.connection.ask((client) => (client as ScriptedClient).setUnlessNewer(KEY_PREFIX + key, version, asOf, encodeEntry(entry), ttlMs));
    return stored === undefined ? undefined : stored === 1;
  }

  /** Many at once, sent together. @returns whether the server has judged every one of them */
  async setMany(entries: readonly { readonly key: string; readonly entry: StoredEntry | Pointer; readonly ttlMs: number }[]): Promise<boolean> {
    for (let first = 0; first < entries.length; first += TOGETHER_MAX) {
      const outcomes = await Promise.all(entries.slice(first, first + TOGETHER_MAX).map(({ key, entry, ttlMs }) => this.set(key, entry, ttlMs)));
      if (outcomes.includes(undefined)) return false;
    }
    return true;
  }

  /** Takes the fleet's lock on a key for at most `ttlMs`. @returns undefined when nobody knows */
  async lock(key: string, token: string, ttlMs: number): Promise<boolean | undefined> {
    const answer = await this.connection.ask(async (client) => (await client.set(LOCK_PREFIX + key, token, 'PX', ttlMs, 'NX')) ?? 'held');
    return answer === undefined ? undefined : answer === 'OK';
  }

  /** Takes or keeps a lock for longer work. */
  async hold(key: string, token: string, ttlMs: number): Promise<boolean> {
    return (await this.connection.ask((client) => (client as ScriptedClient).hold(LOCK_PREFIX + key, token, ttlMs))) === 1;
  }

  /** How far the leader has looked; null when nobody has yet, undefined when the server does not say. */
  async position(): Promise<number | null | undefined> {
    const text = await this.connection.ask(async (client) => (await client.get(POSITION_KEY)) ?? '');
    return text === undefined ? undefined : text === '' ? null : Number(text);
  }

  async keepPosition(position: number): Promise<boolean> {
    return (await this.connection.ask((client) => client.set(POSITION_KEY, position))) === 'OK';
  }

  /** A lock that cannot be released runs out by itself. */
  async unlock(key: string, token: string): Promise<void> {
    await this.connection.ask((client) => (client as ScriptedClient).releaseIfHeld(LOCK_PREFIX + key, token));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.connection.ask((client) => client.unlink(KEY_PREFIX + key))) === 1;
  }

  /** Takes out everything that is the cache's, and nothing else. */
  async clear(): Promise<void> {
    const { client } = this.connection;
    const nodes = 'nodes' in client ? client.nodes('master') : [client];
    for (const node of nodes) {
      for await (const keys of node.scanStream({ match: `${KEY_PREFIX}*`, count: SCAN_COUNT }) as AsyncIterable<string[]>) {
        // One by one in a pipeline: in a cluster the keys of one node are of many slots.
        await Promise.all(keys.map((key) => node.unlink(key)));
      }
    }
  }

  close(): void {
    this.connection.close();
  }
}
