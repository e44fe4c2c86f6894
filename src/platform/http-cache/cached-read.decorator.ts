import { SetMetadata, UseInterceptors, applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { Cacheable } from '../cache/index.js';
import { CachedReadInterceptor } from './cached-read.interceptor.js';
import { CACHED_ROUTE, type CachedRoute } from './cached-routes.js';
import type { KeyedRead } from './keyed-read.js';

/** What a cached route is for. */
export interface CachedReadOptions<R, A> {
  readonly summary: string;
  /** The class of the answer, for the OpenAPI document. */
  readonly type: new () => object;
  /** Makes of the result what clients get. Only what JSON holds passes, so no money that is charged. */
  readonly presenter: (result: R) => A & Cacheable<A>;
  /** The detail of the 404 when there is no such thing; a route that always has an answer needs none. */
  readonly notFound?: string;
}

type CachedHandler<R> = TypedPropertyDescriptor<(...parameters: never[]) => KeyedRead<R>>;

/**
 * Answers a route from a cache: the handler names the key and the read that fills it; key, `ETag`, 304,
 * `Cache-Control`, `Cache-Status` and the answer from memory follow from the cache's policy (ADR 021).
 * The process refuses to start when no cache has the name.
 * @param cache its name, as in its policy
 */
export function CachedRead<R, A>(
  cache: string,
  { summary, type, presenter, notFound }: CachedReadOptions<R, A>,
): (target: object, name: string | symbol, handler: CachedHandler<R>) => void {
  return applyDecorators(
    SetMetadata(CACHED_ROUTE, { cache, presenter, notFound } as CachedRoute),
    UseInterceptors(CachedReadInterceptor),
    ApiOperation({ summary }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'An `ETag` of before: the answer is 304 without a body when nothing has changed.',
      schema: { type: 'string' },
    }),
    ApiOkResponse({
      type,
      headers: {
        ETag: { description: 'Strong validator.', schema: { type: 'string' } },
        'Cache-Control': {
          description: 'How long the answer may still be shown, by its tightest field.',
          schema: { type: 'string' },
        },
        'Cache-Status': {
          description: 'Which layers were passed (`memory`, `redis`, `origin`), and how each of them did; RFC 9211.',
          schema: { type: 'string' },
        },
      },
    }),
    ApiResponse({ status: 304, description: 'You have it already.' }),
  );
}
