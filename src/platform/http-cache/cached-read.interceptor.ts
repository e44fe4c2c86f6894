import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { Caches, type LayeredCache, type Load } from '../cache/index.js';
import { HttpProblems } from '../problems/index.js';
import { JSON_TYPE, cacheControlOf, cacheStatusOf } from './cache-headers.js';
import { CACHED_ROUTE, type CachedRoute } from './cached-routes.js';
import { matchesAny } from './entity-tag.js';
import type { KeyedRead } from './keyed-read.js';
import { MemoryAnswers } from './memory-answers.js';

/**
 * Answers a route that is marked by `@CachedRead()`: reads the cache under the handler's key, sends the entry with its
 * validator and its age, and lets the server hook answer the same URL from memory from now on. The handler has run
 * before, so the URL has passed validation.
 */
@Injectable()
export class CachedReadInterceptor implements NestInterceptor<KeyedRead<unknown>, Buffer | undefined> {
  constructor(
    private readonly caches: Caches,
    private readonly memoryAnswers: MemoryAnswers,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<KeyedRead<unknown>>): Observable<Buffer | undefined> {
    const route = this.reflector.get<CachedRoute>(CACHED_ROUTE, context.getHandler());
    // The boot scan has seen it.
    const cache = this.caches.named(route.cache) as LayeredCache<unknown>;
    return next.handle().pipe(mergeMap((read) => this.answer(context, cache, route, read)));
  }

  /** @throws Problem `not_found` when the origin has no such thing */
  private async answer(
    context: ExecutionContext,
    cache: LayeredCache<unknown>,
    { presenter, notFound }: CachedRoute,
    { key, load }: KeyedRead<unknown>,
  ): Promise<Buffer | undefined> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const waitMs = this.memoryAnswers.isLate(request.raw) ? 0 : undefined;
    const served = await cache.read(key, presented(load, presenter), waitMs);
    const { entry, policy, ageMs } = served;
    if (entry.body === undefined) throw HttpProblems.not_found(notFound ?? 'There is no such thing.');
    const reply = http.getResponse<FastifyReply>();
    this.memoryAnswers.register(request.url, cache, key);
    reply
      .header('etag', entry.etag)
      .header('cache-control', cacheControlOf(policy, ageMs))
      .header('cache-status', cacheStatusOf(served));
    if (matchesAny(request.headers['if-none-match'], entry.etag)) {
      reply.status(304);
      return undefined;
    }
    reply.type(JSON_TYPE);
    return entry.body;
  }
}

/** What the cache keeps is the presented result; the presenter runs on a miss alone. */
function presented(load: KeyedRead<unknown>['load'], presenter: CachedRoute['presenter']): Load<unknown> {
  return async (recency) => {
    const { value, version, tags } = await load(recency);
    return { value: value === undefined ? undefined : presenter(value), version, tags } as Awaited<
      ReturnType<Load<unknown>>
    >;
  };
}
