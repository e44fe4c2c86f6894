import { Injectable } from '@nestjs/common';
import type { LayeredCache, Served } from '../cache/index.js';

/** Many URLs are asked for, few of them are hot; beyond this the table starts over. */
const URLS_MAX = 50_000;

type AnyCache = Pick<LayeredCache<unknown>, 'peek' | 'idOf'>;

interface AnsweringEntry {
  readonly cache: AnyCache;
  readonly id: string;
}

/**
 * Which entry answers a URL, for URLs that have passed validation before: a server hook answers them from memory
 * without the framework (ADR 002). A missing row only means that the request takes the long way.
 */
@Injectable()
export class MemoryAnswers {
  private readonly entries = new Map<string, AnsweringEntry>();

  /** @param url path and query, exactly as requested */
  register(url: string, cache: AnyCache, key: string): void {
    if (this.entries.has(url)) return;
    if (this.entries.size >= URLS_MAX) this.entries.clear();
    this.entries.set(url, { cache, id: cache.idOf(key) });
  }

  /** @returns undefined when the request has to take the long way, through the framework */
  find(url: string): Served | undefined {
    const entry = this.entries.get(url);
    return entry?.cache.peek(entry.id);
  }
}
