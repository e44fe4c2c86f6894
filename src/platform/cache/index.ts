/**
 * Cache: memory -> Redis -> origin under one law (ADR 021): one load in the fleet when a hot key expires, something
 * stale for everybody else, nothing older than its bound. Nobody else touches a store.
 */

/** Wires the capability. */
export { CacheModule } from './cache.module.js';
/** Makes caches; announces changes. */
export { Caches } from './caches.js';
/** One cache; `read` is the only call that serves. It cannot hold money that is charged. */
export { LayeredCache } from './layered-cache.js';
/** Sends the reads of a request past every layer. */
export { cacheBypass } from './cache-bypass.js';
/** What a load gives and a read answers. */
export type { Load, Loaded, Served } from './cache-types.js';
/** How old what a cache serves may be. */
export type { CachePolicy, Cacheable, Json, Recency } from './cache-policy.js';
/** What a transaction has changed. */
export type { Change } from './invalidation-message.js';
/** Looks at the changes for the whole fleet. */
export type { InvalidationPublisher } from './invalidation-publisher.js';
/** Answers from memory, for the server's hooks. */
export type { HotAnswers } from './hot-answers.js';
/** `Cache-Control` and `Cache-Status` of an answer. */
export { cacheControlOf, cacheStatusOf } from './http-caching.js';
