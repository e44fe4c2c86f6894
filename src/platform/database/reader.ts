import { AsyncLocalStorage } from 'node:async_hooks';
import type { WalPosition } from './wal-position.js';

/** What one request has to see, and what it did. */
export interface Reader {
  /** Reads that have to see the caller's writes go to the primary: the position is not known, or it is no time to ask. */
  onPrimary: boolean;
  /** Up to where the caller has written, as far as anybody knows. */
  position: WalPosition | undefined;
  /** Whether the primary was asked for more than a read. */
  wrote: boolean;
  /** For whom it reads and writes. */
  readonly accounts: Set<string>;
}

/** The request that the current code reads for; outside of requests there is none. */
export const reader = new AsyncLocalStorage<Reader>();

/** Says that the current request writes for an account that is not its caller yet: whoever it is reads it next. */
export function writesFor(accountId: string): void {
  reader.getStore()?.accounts.add(accountId);
}
