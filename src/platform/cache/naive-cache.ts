import { toEntry, type StoredEntry } from './cache-entry.js';
import type { CacheDefinition, CacheParts, Load, Served } from './cache-types.js';
import { LayeredCache } from './layered-cache.js';

/**
 * What one would write first: read the layers, and when the entry has expired ask the origin, once for every caller. It
 * exists for the drills, which show what the policy prevents; nothing else may choose it.
 */
export class NaiveCache<T> extends LayeredCache<T> {
  constructor(
    private readonly layers: CacheParts,
    private readonly about: CacheDefinition<T>,
  ) {
    super(layers, about);
  }

  override peek(id: string): Served | undefined {
    const entry = this.layers.memory.get(id);
    if (!entry?.body || this.layers.now() - entry.asOf > this.policy.boundMs) return undefined;
    this.layers.meter.memory(this.policy.name, 'fresh');
    return this.answer(entry, 'memory');
  }

  override async read(key: string, load: Load<T>): Promise<Served> {
    const { memory, redis, meter, now } = this.layers;
    const id = this.idOf(key);
    const held = this.peek(id);
    if (held) return held;
    meter.memory(this.policy.name, 'expired');
    const shared = await redis.get(id);
    if (typeof shared !== 'string' && now() - shared.asOf <= this.policy.boundMs) {
      meter.redis(this.policy.name, 'fresh');
      memory.set(id, toEntry(shared, this.policy.boundMs));
      return this.answer(shared, 'redis');
    }
    const asOf = now();
    meter.redis(this.policy.name, 'expired');
    meter.load(this.policy.name);
    const loaded = await load('any');
    const { version, tags } = loaded;
    const bytes = loaded.value === undefined ? undefined : JSON.stringify(loaded.value);
    const stored: StoredEntry = {
      body: bytes === undefined ? undefined : Buffer.from(bytes),
      etag: loaded.value === undefined ? '' : this.about.etagOf(loaded.value, bytes ?? ''),
      version,
      asOf,
      tags,
      ttlOnly: true,
    };
    memory.set(id, toEntry(stored, this.policy.boundMs));
    await redis.set(id, stored, this.policy.boundMs);
    return this.answer(stored, 'origin');
  }

  private answer(stored: StoredEntry, layer: Served['layer']): Served {
    return {
      entry: toEntry(stored, this.policy.boundMs),
      freshness: 'fresh',
      layer,
      ageMs: this.layers.now() - stored.asOf,
      policy: this.policy,
    };
  }
}
