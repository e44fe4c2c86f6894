import type { Redis } from 'ioredis';
import type { Counter } from 'prom-client';
import type { CacheDefinition, Load, Served } from '../../../src/platform/cache/index.js';
import { registry } from '../../../src/platform/observability/index.js';

interface Held {
  /** Undefined when the origin has no such thing. */
  readonly body: string | undefined;
  readonly etag: string;
  readonly version: number;
  readonly tags: readonly string[];
  /** When the origin was asked (ms since the epoch). */
  readonly asOf: number;
}

const KEY_PREFIX = 'naive:';
const MEMORY_ENTRIES_MAX = 10_000;

/**
 * What one would write first: read memory, then Redis, and when the entry has expired ask the origin, once
 * for every caller. It keeps to the bounds of the policy, and to nothing else that the policy says.
 */
export class NaiveReads<T> {
  private readonly memory = new Map<string, Held>();

  constructor(
    private readonly redis: Redis,
    private readonly definition: CacheDefinition<T>,
  ) {}

  peek(id: string): Served | undefined {
    const held = this.memory.get(id);
    return held?.body !== undefined && this.isValid(held) ? this.serve(held, 'memory') : undefined;
  }

  async read(id: string, load: Load<T>): Promise<Served> {
    const held = this.memory.get(id);
    if (held && this.isValid(held)) return this.serve(held, 'memory');
    const text = await this.redis.get(KEY_PREFIX + id);
    const shared = text === null ? undefined : (JSON.parse(text) as Held);
    if (shared && this.isValid(shared)) {
      this.keep(id, shared);
      return this.serve(shared, 'redis');
    }
    const loaded = await this.load(load);
    this.keep(id, loaded);
    await this.redis.set(KEY_PREFIX + id, JSON.stringify(loaded), 'PX', this.definition.policy.boundMs);
    return this.serve(loaded, 'origin');
  }

  private async load(load: Load<T>): Promise<Held> {
    const asOf = Date.now();
    loadsCounter().inc({ cache: this.definition.policy.name });
    const { value, version, tags } = await load('any');
    const body = value === undefined ? undefined : JSON.stringify(value);
    const etag = value === undefined ? '' : this.definition.etagOf(value, body ?? '');
    return { body, etag, version, tags, asOf };
  }

  private keep(id: string, held: Held): void {
    if (this.memory.size >= MEMORY_ENTRIES_MAX) this.memory.clear();
    this.memory.set(id, held);
  }

  private isValid({ asOf }: Held): boolean {
    return Date.now() - asOf <= this.definition.policy.boundMs;
  }

  private serve({ body, ...held }: Held, layer: Served['layer']): Served {
    const { policy } = this.definition;
    const entry = {
      ...held,
      body: body === undefined ? undefined : Buffer.from(body),
      ttlOnly: true,
      freshMs: policy.boundMs,
      epoch: -1,
      invalidatedAt: undefined,
      hits: 0,
      used: false,
    };
    return { entry, freshness: 'fresh', layer, ageMs: Date.now() - held.asOf, policy };
  }
}

/** The product's own count of what reaches the origin. */
function loadsCounter(): Counter<'cache'> {
  return registry.getSingleMetric('bulwark_cache_loads_total') as Counter<'cache'>;
}
