/** The slowest attempt calls the provider to authorize, to capture and, when that fails, to void. */
const PROVIDER_CALLS_MAX = 3;
const LEASE_FACTOR = 1.5;
const LEASE_MIN_MS = 15_000;

/**
 * How long an idempotency key belongs to the attempt that took it. A lease is not renewed, so it must outlast the
 * slowest attempt of any route. A takeover that comes too early is safe (the lock token fences), only wasteful.
 */
export function idempotencyLeaseMs(providerTimeoutMs: number): number {
  return Math.max(LEASE_MIN_MS, providerTimeoutMs * PROVIDER_CALLS_MAX * LEASE_FACTOR);
}
