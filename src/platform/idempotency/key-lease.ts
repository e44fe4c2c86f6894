import type { Config } from '../config/index.js';

/**
 * A lease has no heartbeat: it must outlast the slowest honest attempt, which calls the provider to authorize,
 * to capture and, when that fails, to void. A takeover that comes too early is safe (the token fences), only wasteful.
 */
const PROVIDER_CALLS_MAX = 3;
const LEASE_FACTOR = 1.5;
const LEASE_MIN_MS = 15_000;

/** How long a key is its holder's; one who took it longer ago is presumed dead. */
export function leaseMsOf({ payments }: Config): number {
  return Math.max(LEASE_MIN_MS, payments.providerTimeoutMs * PROVIDER_CALLS_MAX * LEASE_FACTOR);
}
