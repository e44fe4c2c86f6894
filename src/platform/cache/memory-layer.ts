import type { CacheEntry } from './cache-entry.js';

/** What an entry costs beside its bytes: the object, its key and its place in the map. */
const ENTRY_OVERHEAD_BYTES = 400;
const TAG_OVERHEAD_BYTES = 120;
/** So many used entries get a second chance before the next one is evicted regardless. */
const CHANCES_MAX = 64;

/**
 * The layer in the process: bounded by bytes, least used first out (second chance instead of strict order, so that
 * a hit is a lookup and a flag). Synchronous, and therefore not behind
 * cache-manager (ADR 023).
 */
export class MemoryLayer {
  private readonly entries = new Map<string, CacheEntry>();
  private readonly keysByTag = new Map<string, Set<string>>();
  private bytes = 0;

  /** @param bytesMax 0 keeps nothing */
  constructor(private readonly bytesMax: number) {}

  get(key: string): CacheEntry | undefined {
    const entry = this.entries.get(key);
    if (entry !== undefined) entry.used = true;
    return entry;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** @param indexed whether its tags are to be found by {@link keysOf} */
  set(key: string, entry: CacheEntry, indexed = false): this {
    this.delete(key);
    const size = sizeOf(key, entry);
    if (size > this.bytesMax) return this;
    this.makeRoom(size);
    this.entries.set(key, entry);
    this.bytes += size;
    if (indexed) for (const tag of entry.tags) this.index(tag, key);
    return this;
  }

  delete(key: string): boolean {
    const entry = this.entries.get(key);
    if (entry === undefined) return false;
    this.entries.delete(key);
    this.bytes -= sizeOf(key, entry);
    for (const tag of entry.tags) this.unindex(tag, key);
    return true;
  }

  clear(): void {
    this.entries.clear();
    this.keysByTag.clear();
    this.bytes = 0;
  }

  /** Keys of the indexed entries that are made of what the tag names. */
  keysOf(tag: string): Iterable<string> {
    return this.keysByTag.get(tag) ?? [];
  }

  get size(): number {
    return this.entries.size;
  }

  get bytesUsed(): number {
    return this.bytes;
  }

  /** The most served entries. */
  hottest(count: number): { key: string; entry: CacheEntry }[] {
    const top: { key: string; entry: CacheEntry }[] = [];
    for (const [key, entry] of this.entries) {
      if (top.length === count && entry.hits <= (top.at(-1)?.entry.hits ?? 0)) continue;
      top.push({ key, entry });
      top.sort((a, b) => b.entry.hits - a.entry.hits);
      if (top.length > count) top.pop();
    }
    return top;
  }

  private makeRoom(size: number): void {
    let chances = 0;
    for (const [key, entry] of this.entries) {
      if (this.bytes + size <= this.bytesMax) return;
      if (entry.used && chances++ < CHANCES_MAX) {
        entry.used = false;
        // Again at the end of the order: the map gives its keys in the order of insertion.
        this.entries.delete(key);
        this.entries.set(key, entry);
      } else {
        this.delete(key);
      }
    }
  }

  private index(tag: string, key: string): void {
    const keys = this.keysByTag.get(tag);
    if (keys) keys.add(key);
    else this.keysByTag.set(tag, new Set([key]));
  }

  private unindex(tag: string, key: string): void {
    const keys = this.keysByTag.get(tag);
    if (!keys?.delete(key) || keys.size > 0) return;
    this.keysByTag.delete(tag);
  }
}

function sizeOf(key: string, entry: CacheEntry): number {
  return (entry.body?.length ?? 0) + 2 * key.length + ENTRY_OVERHEAD_BYTES + TAG_OVERHEAD_BYTES * entry.tags.length;
}
