/**
 * HTTP caching: what a cache means at the edge, behind one decorator. Key, `ETag`, 304, `Cache-Control` and
 * `Cache-Status` of a cached route are decided here; a server hook answers memory hits before the framework (ADR 002).
 */

/** Wires the capability. */
export { HttpCacheModule } from './http-cache.module.js';
/** Answers a read from one of the caches; the whole of caching on a route. */
export { CachedRead } from './cached-read.decorator.js';
/** What a cached route returns, and what its use case reads on a miss. */
export type { CacheableResult, KeyedRead } from './keyed-read.js';
/** Puts memory hits in front of an HTTP server. */
export { answerFromMemory } from './answer-from-memory.js';
/** Which entry answers a URL from memory. */
export { MemoryAnswers } from './memory-answers.js';
/** Evaluates `If-None-Match`. */
export { matchesAny } from './entity-tag.js';
/** `Cache-Control` of an answer of this age. */
export { cacheControlOf } from './cache-headers.js';
