import { SetMetadata, UseInterceptors, applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';
import { DescribesProblems } from '../problems/index.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { KEY_LENGTH_MAX } from './idempotency-key.js';
import { ROUTE_IDEMPOTENCY, type RouteIdempotency } from './route-idempotency.js';
import type { Presenter } from './stored-answer.js';

const DESCRIPTION =
  'One random value for each intent, the same one when you try again. Repeating a finished request gives its stored ' +
  'answer, byte for byte, with `Idempotency-Replayed: true`; keys live 24 hours.';

/** A method decorator for handlers that answer what the presenter takes. */
export type ForHandlersOf<Result> = <Handler extends (...parameters: never[]) => Result | Promise<Result>>(
  controller: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

export interface IdempotentOptions<Result> {
  /**
   * Makes status, headers and body from what the use case gives to `answer` or the handler returns. Its status wins
   * over `@HttpCode`.
   */
  readonly presenter: Presenter<Result>;
  /** A recovery ends unfinished work, however late, and the key is kept until then. Else it expires after 24 hours. */
  readonly recoverable?: boolean;
}

/**
 * Makes a state-changing route idempotent (ADR 027). Its use case ends its
 * transaction with `idempotency.answer(tx, result)`; where it does not, the answer is stored after the effect, and a
 * process that dies in between repeats the effect.
 */
export function Idempotent<Result>({
  presenter,
  recoverable = false,
}: IdempotentOptions<Result>): ForHandlersOf<Result> {
  return applyDecorators(
    SetMetadata(ROUTE_IDEMPOTENCY, { kind: 'idempotent', recoverable, presenter } satisfies RouteIdempotency),
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: DESCRIPTION,
      schema: {
        type: 'string',
        minLength: 1,
        maxLength: KEY_LENGTH_MAX,
        pattern: '^[\\x21-\\x7E]+$',
        example: '4f1c8a52-5be5-4f0c-9d8c-0f6a8e1d2b3c',
      },
    }),
    DescribesProblems(
      'idempotency_key_missing',
      'idempotency_key_invalid',
      'idempotency_in_progress',
      'idempotency_key_reused',
    ),
  );
}

/**
 * Lets a state-changing route do without a key.
 * @param reason why repeating it is safe, in a sentence for the reviewer
 */
export function ExemptFromIdempotency(reason: string): MethodDecorator {
  return applyDecorators(
    SetMetadata(ROUTE_IDEMPOTENCY, { kind: 'exempt', reason } satisfies RouteIdempotency),
    ApiExtension('x-idempotency-exempt', reason),
  );
}
