import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { LayeredCache, Served } from '../cache/index.js';

/** Many URLs are asked for, few of them are hot; beyond this the table starts over. */
const URLS_MAX = 50_000;

type AnyCache = Pick<LayeredCache<unknown>, 'peek' | 'isLoading' | 'join' | 'idOf'>;

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
  private readonly late = new WeakSet<IncomingMessage>();

  /** @param url path and query, exactly as requested */
  register(url: string, cache: AnyCache, key: string): void {
    if (this.entries.has(url)) return;
    if (this.entries.size >= URLS_MAX) this.entries.clear();
    this.entries.set(url, { cache, id: cache.idOf(key) });
  }

  /** @returns undefined when the request has to take the long way, through the framework */
  find(url: string): Served | 'loading' | undefined {
    const entry = this.entries.get(url);
    return entry && (entry.cache.peek(entry.id) ?? (entry.cache.isLoading(entry.id) ? 'loading' : undefined));
  }

  /**
   * What the load in flight for a URL brings.
   * @returns undefined when it does not come in time
   * @throws what the load throws
   */
  async join(url: string): Promise<Served | undefined> {
    const entry = this.entries.get(url);
    return entry?.cache.join(entry.id);
  }

  /** Notes that the request has waited for a load as long as a read may. */
  noteLate(request: IncomingMessage): void {
    this.late.add(request);
  }

  /** Whether the request has waited already, and waits no second time. */
  isLate(request: IncomingMessage): boolean {
    return this.late.has(request);
  }
}
