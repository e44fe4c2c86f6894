import type { GuardedRedis, RedisClient } from '../redis/index.js';
import { decodeEntry, encodeEntry, type Pointer, type StoredEntry } from './cache-entry.js';

const KEY_PREFIX = 'bulwark:cache:';
const SCAN_COUNT = 1_000;
/** Few enough that other clients of the server do not wait noticeably. */
const TOGETHER_MAX = 100;

/** A late writer with an older version must not overwrite a newer entry; of the same version the later read wins. */
export const KEEP = `
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

interface StoreCommands {
  setUnlessNewer(key: string, version: number, asOf: number, bytes: Buffer, ttlMs: number): Promise<number>;
  setManyUnlessNewer(keyCount: number, ...keysAndArguments: (string | number | Buffer)[]): Promise<number>;
}
type StoreClient = RedisClient & StoreCommands;

/** Where an entry is stored: in braces, so that an entry and its lock lie on one node of a cluster. */
export const keyOf = (key: string): string => `${KEY_PREFIX}{${key}}`;
/** Under the prefix too, so that {@link RedisStore.clear} forgets it together with the entries. */
export const POSITION_KEY = `${KEY_PREFIX}position`;

/** What is to be stored under a key, and for how long at most (ms). */
export interface SharedWrite {
  readonly key: string;
  readonly entry: StoredEntry | Pointer;
  readonly ttlMs: number;
}

/** What a read of the shared layer found; `unavailable` is not a miss. */
export type SharedRead = StoredEntry | 'miss' | 'unavailable';

/**
 * The entries in Redis, as a store of cache-manager (ADR 023). Every call answers within the connection's time-out,
 * whatever the server does.
 */
export class RedisStore {
  constructor(private readonly connection: GuardedRedis) {
    const client = connection.client as StoreClient;
    client.defineCommand('setUnlessNewer', { numberOfKeys: 1, lua: SET_UNLESS_NEWER });
    client.defineCommand('setManyUnlessNewer', { lua: SET_MANY_UNLESS_NEWER });
  }

  /** Always a value: cache-manager knows one kind of miss, and this layer three outcomes. */
  async get(key: string): Promise<{ value: SharedRead }> {
    const bytes = await this.connection.ask((client) => client.getBuffer(keyOf(key)));
    return { value: await this.resolve(bytes) };
  }

  /** Decodes what was read, and reads on when it is a pointer. @param bytes undefined when the server did not answer */
  async resolve(bytes: Buffer | null | undefined): Promise<SharedRead> {
    const found = toFound(bytes);
    if (typeof found === 'string' || !('target' in found)) return found;
    const target = toFound(await this.connection.ask((client) => client.getBuffer(keyOf(found.target))));
    // A pointer to a pointer was not written by this code.
    return typeof target !== 'string' && 'target' in target ? 'miss' : target;
  }

  /** @returns false when a newer entry is stored there, undefined when the server does not answer */
  async set(key: string, { value }: { value: StoredEntry | Pointer }, ttlMs: number): Promise<boolean | undefined> {
    const { version, asOf } = value;
    const stored = await this.connection.ask((client) =>
      (client as StoreClient).setUnlessNewer(keyOf(key), version, asOf, encodeEntry(value), ttlMs),
    );
    return stored === undefined ? undefined : stored === 1;
  }

  /** Many at once. @returns whether the server has accepted every one of them */
  async writeMany(writes: readonly SharedWrite[]): Promise<boolean> {
    for (let first = 0; first < writes.length; first += TOGETHER_MAX) {
      if (!(await this.writeTogether(writes.slice(first, first + TOGETHER_MAX)))) return false;
    }
    return true;
  }

  private async writeTogether(writes: readonly SharedWrite[]): Promise<boolean> {
    // In a cluster the keys of one call would have to lie on one node.
    if ('nodes' in this.connection.client) {
      const outcomes = await Promise.all(writes.map(({ key, entry, ttlMs }) => this.set(key, { value: entry }, ttlMs)));
      return outcomes.every((stored) => stored !== undefined);
    }
    const facts = writes.flatMap(({ entry, ttlMs }) => [entry.version, entry.asOf, encodeEntry(entry), ttlMs]);
    const accepted = await this.connection.ask((client) =>
      (client as StoreClient).setManyUnlessNewer(writes.length, ...writes.map(({ key }) => keyOf(key)), ...facts),
    );
    return accepted === writes.length;
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
}

function toFound(bytes: Buffer | null | undefined): StoredEntry | Pointer | 'miss' | 'unavailable' {
  if (bytes === undefined) return 'unavailable';
  return (bytes && decodeEntry(bytes)) ?? 'miss';
}
