/**
 * Cache: memory -> Redis -> origin under one policy (ADR 021): one load in the fleet when a hot key expires, a stale
 * entry for every other read, nothing older than its bound. No other code touches a store.
 *
 * More than a dozen files, and still one capability: the layers, the fleet's lock and the invalidation messages prove
 * each other's promises (an entry is true as long as no message named it), and one test runs generated schedules over
 * all of them. Invalidation is no capability of its own, because it would only be half of that proof: its lease and
 * position lie in the cache's Redis, so that they are lost together with the entries they speak of.
 */

/** Wires the capability. */
export { CacheModule } from './cache.module.js';
/** Makes caches; publishes invalidations. */
export { Caches } from './caches.js';
/** One cache; `read` is the only call that serves. It cannot hold money that is charged. */
export { LayeredCache } from './layered-cache.js';
/** Sends the reads of a request past every layer. */
export { cacheBypass } from './cache-bypass.js';
/** What a cache is for, what a load gives, and what a read gives. */
export type { CacheDefinition, Load, Loaded, Served } from './cache-types.js';
/** How old what a cache serves may be. */
export type { CachePolicy, Cacheable, Recency } from './cache-policy.js';
/** What a transaction has changed. */
export type { Change } from './invalidation-message.js';
/** Publishes invalidations for the whole fleet, from the process that holds the lease. */
export type { InvalidationPublisher } from './invalidation-publisher.js';
