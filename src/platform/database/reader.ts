import { AsyncLocalStorage } from 'node:async_hooks';
import type { WalPosition } from './wal-position.js';

/** What one request has to see, and what it did. */
export interface Reader {
  /**
   * Reads that have to see the caller's writes go to the primary, since the position is unknown or costs too much to
   * ask.
   */
  onPrimary: boolean;
  /** Up to where the caller has written, as far as the position is known. */
  position: WalPosition | undefined;
  /** Whether the primary was asked for more than a read. */
  wrote: boolean;
  /** For whom it reads and writes. */
  readonly accounts: Set<string>;
}

/** The request that the current code reads for; outside of requests there is none. */
export const reader = new AsyncLocalStorage<Reader>();

/** Marks that the current request writes for an account that is not its caller yet: that account reads it next. */
export function writesFor(accountId: string): void {
  reader.getStore()?.accounts.add(accountId);
}
