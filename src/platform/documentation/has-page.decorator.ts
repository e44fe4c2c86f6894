import { UseInterceptors, applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { DescribesProblems } from '../problems/index.js';
import { PageInterceptor } from './page.interceptor.js';

/** What an address with a page is for. */
export interface HasPageOptions<A> {
  readonly summary: string;
  /** The class of the answer as JSON. */
  readonly type: new () => A;
  /** The same answer as a whole HTML document. */
  readonly page: (answer: A) => string;
  readonly maxAgeSeconds: number;
}

/**
 * Answers what the handler returns as JSON, or as a page to who prefers HTML (`Accept`), with a validator and a policy
 * under which the page can run nothing.
 */
export function HasPage<A extends object>({ summary, type, page, maxAgeSeconds }: HasPageOptions<A>): MethodDecorator {
  return applyDecorators(
    UseInterceptors(new PageInterceptor(page as (answer: never) => string, maxAgeSeconds)),
    ApiOperation({ summary }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'An `ETag` of before: the answer is 304 without a body when nothing has changed.',
      schema: { type: 'string' },
    }),
    ApiExtraModels(type),
    ApiOkResponse({
      description: 'JSON, or a page where `Accept` prefers HTML.',
      headers: {
        ETag: { description: 'Strong validator, of its own for each form.', schema: { type: 'string' } },
        Vary: { description: 'The form follows from `Accept`.', schema: { type: 'string', enum: ['Accept'] } },
      },
      content: {
        'application/json': { schema: { $ref: getSchemaPath(type) } },
        'text/html': { schema: { type: 'string' } },
      },
    }),
    ApiResponse({ status: 304, description: 'You have it already.' }),
    DescribesProblems('not_acceptable'),
  );
}
